"""Counts what became of a batch, in one pass over its rows: outcomes, rules broken, rows and hash as read."""

from __future__ import annotations

from typing import Any, NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from medallion.broken_rules import BROKEN
from medallion.row_hash import layer_hash, layer_hash_parts
from medallion.row_outcomes import ABSENT, OUTCOME, OUTCOMES


class BatchNumbers(NamedTuple):
    rows: int
    hash: str
    outcomes: dict[str, int]
    deleted_by_absence: int
    rules: dict[str, int]

    def said(self) -> dict[str, Any]:
        """As the results and the commit's metadata say it."""
        return {
            "rows": self.rows,
            "hash": self.hash,
            "outcomes": self.outcomes,
            "deletedByAbsence": self.deleted_by_absence,
            "rules": self.rules,
        }


def batch_numbers(decided: DataFrame, rule_ids: list[str]) -> BatchNumbers:
    """Rows with the outcome `absent` are the table's and not the batch's: they count for themselves alone."""
    of_batch = F.when(F.col(OUTCOME) != ABSENT, F.col("_row_hash"))
    _, *sums = layer_hash_parts("_row_hash")
    counts = [F.count(of_batch).alias("rows"), *sums]
    counts += [F.count(F.when(F.col(OUTCOME) == name, 1)).alias("outcome " + name) for name in [*OUTCOMES, ABSENT]]
    counts += [F.count(F.when(F.array_contains(BROKEN + ".rule", rule), 1)).alias("rule " + rule) for rule in rule_ids]
    row: dict[str, Any] = decided.agg(*counts).collect()[0].asDict()
    broken = {rule: row["rule " + rule] for rule in rule_ids}
    return BatchNumbers(
        rows=row["rows"],
        hash=layer_hash(row["high"], row["low"]),
        outcomes=dict({"read": row["rows"]}, **{name: row["outcome " + name] for name in OUTCOMES}),
        deleted_by_absence=row["outcome " + ABSENT],
        rules={rule: count for rule, count in broken.items() if count > 0},
    )
