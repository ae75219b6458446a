"""Counts what became of a batch, in one pass over its rows: outcomes, rules broken, rows and hash as read, content as written."""

from __future__ import annotations

from typing import Any, NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from medallion.broken_rules import BROKEN, all_rules
from medallion.decided_content import TOUCHED, content_changes, content_columns, content_sums
from medallion.quality_scores import poor_rows, scores
from medallion.row_hash import layer_hash, layer_hash_parts
from medallion.row_outcomes import ABSENT, CLOSED, OUTCOME, OUTCOMES
from medallion.silver_columns import added_columns
from medallion.table_content import ContentBefore, content_said

# What the results and the commit's metadata say of a batch.
SAID = ("rows", "hash", "outcomes", "deletedByAbsence", "rules", "quality", "added", "content")


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
    content: dict[str, Any]

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
            "content": self.content,
        }


def batch_numbers(decided: DataFrame, contract: dict[str, Any], planned_at: int, is_first: bool, before: ContentBefore) -> BatchNumbers:
    """Rows that are the table's and not the batch's count for themselves alone. `before`: what the table holds so far."""
    hashes = decided.withColumn("_of_batch", F.when(~F.col(OUTCOME).isin(ABSENT, CLOSED), F.col("_row_hash")))
    counts = dict(zip(("rows", "high", "low"), layer_hash_parts("_of_batch")))
    counts.update({"outcome " + name: F.count(F.when(F.col(OUTCOME) == name, 1)) for name in [*OUTCOMES, ABSENT, CLOSED]})
    rule_ids = [rule["id"] for rule in all_rules(contract)]
    counts.update({"rule " + rule: F.count(F.when(F.array_contains(BROKEN + ".rule", rule), 1)) for rule in rule_ids})
    poor = poor_rows(contract, planned_at)
    counts.update({"poor " + name: count for name, count in poor.items()})
    aggregates = [count.alias(name) for name, count in counts.items()]
    # In groups, since the content changes batch by batch; all else is summed up over them.
    groups = [row.asDict() for row in content_columns(hashes).groupBy("_batch", TOUCHED).agg(*aggregates, *content_sums()).collect()]
    row: dict[str, Any] = {name: sum(group[name] for group in groups) for name in counts}
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
        content=content_said(before, content_changes(groups)),
    )
