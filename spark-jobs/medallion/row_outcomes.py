"""
Decides the one outcome of each row of a batch, before anything is written:
read == inserted + updated + unchanged + superseded + deleted + quarantined, always.

Of the rows of a key one wins. Where versions follow one another (`cursor`, `snapshot`) it is the newest by sequence; where rows are
immutable (`append`, `offsets`) it is the first, and a later one is a repetition. Ties fall to the row hash, so a replay keeps the same row.
Without a key a record that was read again is the repetition of itself and of no other.
Where rows are operations (`log`, `changes`, `compacted`) it is the newest, too: a deletion takes the table's row away, and is `unchanged`
where there is none; a row that would be set aside is `superseded` where a good one of the batch follows it.
"""

from __future__ import annotations

from typing import Any

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from medallion.broken_rules import BROKEN
from medallion.change_rows import POSITION, is_delete
from medallion.content_hash import CONTENT_HASH
from medallion.load_mode import first_wins, has_operations, has_records, is_snapshot, row_key
from medallion.typed_rows import SEQUENCE, SEQUENCE_PARTITION

OUTCOME = "_outcome"
OUTCOMES = ["inserted", "updated", "unchanged", "superseded", "deleted", "quarantined"]
# Of rows of the table, not of the batch: the source no longer has their key; they end otherwise than they did.
ABSENT, CLOSED = "absent", "closed"
# Batch and content hash of the table's row that goes, or makes room for this one.
REPLACED = "_replaced"


def with_outcomes(rows: DataFrame, silver: DataFrame, contract: dict[str, Any], older_before: Column) -> DataFrame:
    """
    `silver` is the table as it stands, empty when there is none yet. `older_before`: of each row the batch before which rows of the table
    are older than it, whatever their sequences.
    """
    quarantined = is_quarantined()
    key = row_key(contract)
    ranked = rows.withColumn("_quarantined", quarantined)
    ranked = ranked.withColumn("_rank", F.row_number().over(Window.partitionBy("_quarantined", *key).orderBy(*_best_first(contract))))
    ranked = ranked.withColumn("_told_later", told_later(contract))
    needed = dict.fromkeys([*key, *_compared(contract), "_batch", CONTENT_HASH])
    table = silver.select(*[F.col(name).alias("_table_" + name) for name in needed])
    # A table that was filled before records without a key counted once may have one of them twice.
    table = table if contract["key"] else table.dropDuplicates(["_table__row_hash"])
    same_key = [F.col(name) == F.col("_table_" + name) for name in key]
    joined = ranked.join(table, [*same_key, ~F.col("_quarantined"), F.col("_rank") == 1], "left")
    decided = joined.withColumn(OUTCOME, _outcome(contract, older_before))
    of_table = F.struct(F.col("_table__batch").alias("_batch"), F.col("_table_" + CONTENT_HASH).alias(CONTENT_HASH))
    decided = decided.withColumn(REPLACED, F.when(F.col(OUTCOME).isin("updated", "deleted"), of_table))
    return decided.drop("_quarantined", "_rank", "_told_later", *table.columns)


def is_quarantined() -> Column:
    return F.exists(BROKEN, lambda each: each["action"] == "quarantine")


def absent_rows(silver: DataFrame, present: DataFrame, key: list[str]) -> DataFrame:
    """The rows of Silver whose key the source has no more."""
    absent = silver.join(present.select(*key), key, "left_anti")
    return absent.select(*key, F.struct("_batch", CONTENT_HASH).alias(REPLACED), F.lit(ABSENT).alias(OUTCOME))


def _compared(contract: dict[str, Any]) -> list[str]:
    return [SEQUENCE, "_row_hash"] + ([SEQUENCE_PARTITION] if has_records(contract) else [])


def _best_first(contract: dict[str, Any]) -> list[Column]:
    sequence = [SEQUENCE] + ([SEQUENCE_PARTITION] if has_records(contract) else [])
    ordered = [F.col(name).asc() if first_wins(contract) else F.col(name).desc() for name in sequence]
    return [*ordered, F.col("_row_hash"), F.col("_object")]


def told_later(contract: dict[str, Any]) -> Column:
    """Of operations: one that follows it on the same key is good."""
    if not has_operations(contract):
        return F.lit(False)
    newest_good = F.max(F.when(~is_quarantined(), F.col(POSITION))).over(Window.partitionBy(*contract["key"]))
    return F.coalesce(F.col(POSITION) < newest_good, F.lit(False))


def _outcome(contract: dict[str, Any], older_before: Column) -> Column:
    in_table = F.col("_table__row_hash").isNotNull()
    newer = (F.col("_table__batch") < older_before) | (F.col(SEQUENCE) > F.col("_table_" + SEQUENCE))
    same_age = F.col(SEQUENCE) == F.col("_table_" + SEQUENCE)
    # A row that another order has numbered is written again under its number in this one.
    same = (F.col("_row_hash") == F.col("_table__row_hash")) & (same_age | F.lit(is_snapshot(contract) or first_wins(contract)))
    wins = F.lit(False) if first_wins(contract) else newer | (same_age & (F.col("_row_hash") < F.col("_table__row_hash")))
    return (
        F.when(F.col("_quarantined"), F.when(F.col("_told_later"), "superseded").otherwise("quarantined"))
        .when(F.col("_rank") > 1, "superseded")
        .when(is_delete(contract) & ~in_table, "unchanged")
        .when(is_delete(contract), F.when(newer, "deleted").otherwise("superseded"))
        .when(~in_table, "inserted")
        .when(same, "unchanged")
        .when(wins, "updated")
        .otherwise("superseded")
    )
