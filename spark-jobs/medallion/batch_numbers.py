"""Counts what became of a batch, in one pass over its rows: outcomes, rules broken, rows and hash as read."""

from __future__ import annotations

from typing import Any, NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from medallion.broken_rules import BROKEN, all_rules
from medallion.quality_scores import poor_rows, scores
from medallion.row_hash import layer_hash, layer_hash_parts
from medallion.row_outcomes import ABSENT, CLOSED, OUTCOME, OUTCOMES
from medallion.silver_columns import added_columns

# What the results and the commit's metadata say of a batch.
SAID = ("rows", "hash", "outcomes", "deletedByAbsence", "rules", "quality", "added")


class BatchNumbers(NamedTuple):
    rows: int
    hash: str
    outcomes: dict[str, int]
    # Rows of the table: deleted, or the last version of their key closed; and versions that another one now follows.
    deleted_by_absence: int
    closed: int
    rules: dict[str, int]
    quality: dict[str, float | None]
    added: dict[str, str]

    def said(self) -> dict[str, Any]:
        """As the results and the commit's metadata say it."""
        return {
            "rows": self.rows,
            "hash": self.hash,
            "outcomes": self.outcomes,
            "deletedByAbsence": self.deleted_by_absence,
            "rules": self.rules,
            "quality": self.quality,
            "added": self.added,
        }


def batch_numbers(decided: DataFrame, contract: dict[str, Any], planned_at: int, is_first: bool) -> BatchNumbers:
    """Rows that are the table's and not the batch's count for themselves alone."""
    hashes = decided.withColumn("_of_batch", F.when(~F.col(OUTCOME).isin(ABSENT, CLOSED), F.col("_row_hash")))
    _, *sums = layer_hash_parts("_of_batch")
    counts = [F.count("_of_batch").alias("rows"), *sums]
    counts += [F.count(F.when(F.col(OUTCOME) == name, 1)).alias("outcome " + name) for name in [*OUTCOMES, ABSENT, CLOSED]]
    rule_ids = [rule["id"] for rule in all_rules(contract)]
    counts += [F.count(F.when(F.array_contains(BROKEN + ".rule", rule), 1)).alias("rule " + rule) for rule in rule_ids]
    poor = poor_rows(contract, planned_at)
    counts += [count.alias("poor " + name) for name, count in poor.items()]
    row: dict[str, Any] = hashes.agg(*counts).collect()[0].asDict()
    broken = {rule: row["rule " + rule] for rule in rule_ids}
    return BatchNumbers(
        rows=row["rows"],
        hash=layer_hash(row["high"], row["low"]),
        outcomes=dict({"read": row["rows"]}, **{name: row["outcome " + name] for name in OUTCOMES}),
        deleted_by_absence=row["outcome " + ABSENT],
        closed=row["outcome " + CLOSED],
        rules={rule: count for rule, count in broken.items() if count > 0},
        quality=scores(row["rows"], {name: row["poor " + name] for name in poor}, is_first),
        added=added_columns(decided, contract),
    )
