"""Gives each row that will stand in a Silver table its content hash, and works out what the batch changes in the table's content."""

from __future__ import annotations

from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from medallion.content_hash import CONTENT_HASH, content_hash
from medallion.load_mode import keeps_versions
from medallion.row_hash import layer_hash_parts
from medallion.row_outcomes import ABSENT, CLOSED, OUTCOME, REPLACED
from medallion.silver_columns import added_columns, silver_columns
from medallion.table_content import NONE, ByBatch, Sums, sums_of

# Hashes of rows that come in with this batch, of rows that stay and end otherwise, and of rows that go or are replaced.
_NEW, _ENDED, _GONE = "_new_content", "_ended_content", "_gone_content"
# The batch of the row that goes, is replaced, or ends otherwise; null for rows that touch none.
TOUCHED = "_touched_batch"


def with_content(decided: DataFrame, silver: DataFrame, contract: dict[str, Any]) -> DataFrame:
    """A column that the table has and the batch has not is null in the batch's rows, also in those that replace another."""
    for name, type_ in silver.dtypes:
        if name not in decided.columns:
            decided = decided.withColumn(name, F.lit(None).cast(type_))
    names = [name for name, _ in silver_columns(contract)] + list(added_columns(decided, contract))
    row = StructType([field for field in decided.schema.fields if field.name in names])
    stands = ["inserted", "updated"] + ([CLOSED, ABSENT] if keeps_versions(contract) else [])
    return decided.withColumn(CONTENT_HASH, F.when(F.col(OUTCOME).isin(*stands), content_hash(row)))


def content_columns(decided: DataFrame) -> DataFrame:
    comes, ends = F.col(OUTCOME).isin("inserted", "updated"), F.col(OUTCOME).isin(CLOSED, ABSENT)
    hash_, replaced = F.col(CONTENT_HASH), F.col(REPLACED)
    return (
        decided.withColumn(_NEW, F.when(comes, hash_))
        .withColumn(_ENDED, F.when(ends, hash_))
        .withColumn(_GONE, replaced[CONTENT_HASH])
        .withColumn(TOUCHED, replaced["_batch"])
    )


def content_sums() -> list[Column]:
    """Aggregates over `content_columns`, to be grouped by `_batch` and `TOUCHED`."""
    return [each for name in (_NEW, _ENDED, _GONE) for each in layer_hash_parts(name, name)]


def content_changes(groups: list[dict[str, Any]]) -> ByBatch:
    """What comes to the rows of each batch in the table less what goes."""
    changes: ByBatch = {}
    for group in groups:
        _add(changes, group["_batch"], sums_of(group, _NEW))
        _add(changes, group[TOUCHED], sums_of(group, _ENDED).minus(sums_of(group, _GONE)))
    return changes


def _add(changes: ByBatch, batch: int | None, sums: Sums) -> None:
    if batch is not None:
        changes[batch] = changes.get(batch, NONE).plus(sums)
