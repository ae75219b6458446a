"""
The quality of a batch by dimension: the share of its rows, in percent, that break no rule of the dimension.

`uniqueness` counts repetitions of immutable rows, too; `timeliness` is the share of rows that were read within the contract's freshness of
their change at the source, and is None for a first load, which brings what is old.
"""

from __future__ import annotations

from typing import Any

from pyspark.sql import Column
from pyspark.sql import functions as F

from medallion.broken_rules import BROKEN, all_rules
from medallion.failure import JobError
from medallion.load_mode import first_wins, has_records, ordering_column
from medallion.row_outcomes import OUTCOME
from medallion.typed_rows import SEQUENCE

DIMENSIONS = ["completeness", "accuracy", "consistency", "timeliness", "uniqueness"]
_OF_KIND = {"required": "completeness", "unique": "uniqueness", "sql": "consistency", "reference": "consistency"}


def dimension_of(rule: dict[str, Any]) -> str:
    return str(rule.get("dimension") or _OF_KIND.get(rule["kind"], "accuracy"))


def poor_rows(contract: dict[str, Any], planned_at: int) -> dict[str, Column]:
    """Counts of the rows that lower each dimension; without a column for what cannot be measured."""
    rules = {name: [rule["id"] for rule in all_rules(contract) if dimension_of(rule) == name] for name in DIMENSIONS}
    poor = {name: F.arrays_overlap(BROKEN + ".rule", F.array(*map(F.lit, ids))) for name, ids in rules.items() if ids}
    if first_wins(contract):
        repeated = F.col(OUTCOME).isin("superseded", "unchanged")
        poor["uniqueness"] = poor.get("uniqueness", F.lit(False)) | repeated
    changed_at = _changed_at(contract)
    if changed_at is not None:
        late = changed_at < planned_at - contract["freshnessHours"] * 3_600_000_000
        poor["timeliness"] = poor.get("timeliness", F.lit(False)) | late
    return {name: F.count(F.when(F.col("_of_batch").isNotNull() & each, 1)) for name, each in poor.items()}


def _changed_at(contract: dict[str, Any]) -> Column | None:
    """In microseconds since the epoch; None where rows do not say."""
    if has_records(contract):
        return F.col("_landed.timestamp") * 1000
    name = ordering_column(contract)
    is_time = name is not None and next(each["type"] for each in contract["columns"] if each["name"] == name) in ("timestamp", "date")
    return F.col(SEQUENCE) if is_time else None


def scores(rows: int, poor: dict[str, int], is_first: bool) -> dict[str, float | None]:
    """A batch without rows is of full quality."""
    share = {name: 100.0 if rows == 0 else round(100 * (rows - poor.get(name, 0)) / rows, 2) for name in DIMENSIONS}
    measured: dict[str, float | None] = dict(share)
    if is_first or "timeliness" not in poor:
        measured["timeliness"] = None
    return measured


def check_scores(contract: dict[str, Any], measured: dict[str, float | None]) -> None:
    """@raises QualityBelowThreshold: nothing of the batch is in Silver then."""
    thresholds: dict[str, float] = contract.get("quality", {})
    low = {name: score for name, score in measured.items() if score is not None and score < thresholds.get(name, 0)}
    if low:
        dataset = contract["dataset"]
        raise JobError(
            "QualityBelowThreshold",
            dataset,
            ", ".join(f"{name} of at least {thresholds[name]:g}%" for name in low),
            ", ".join(f"{name} of {score:g}%" for name, score in low.items()),
            f"mend the rows at the source and give the batch up (npx etl run --dataset {dataset} --abandon), or lower the threshold in the"
            " contract and start the pipeline again; nothing of the batch is in Silver",
        )
