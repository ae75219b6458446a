"""Looks beyond the row for the rules that need it: whether another key has the value, whether the dataset that is referred to has it."""

from __future__ import annotations

from typing import Any

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F

from medallion.change_rows import POSITION, is_delete
from medallion.few_rows import rows_of_keys
from medallion.load_mode import has_operations, row_key


def shared_flag(rule: dict[str, Any]) -> str:
    return "_shared_{}".format(rule["column"])


def with_shared(rows: DataFrame, rule: dict[str, Any], silver: DataFrame, contract: dict[str, Any], few: bool) -> DataFrame:
    """
    True where another key of the batch, or of the table beside the batch's keys, has the value. Of operations the last on each key has it:
    what one before it had may be another's by then.
    """
    column, key = rule["column"], row_key(contract)
    keys = F.to_json(F.struct(*key))
    of_value = Window.partitionBy("_held")
    if has_operations(contract):
        is_last = F.row_number().over(Window.partitionBy(*key).orderBy(F.col(POSITION).desc())) == 1
        rows = rows.withColumn("_is_last", is_last).withColumn("_held", F.when(F.col("_is_last"), F.col(column))).drop("_is_last")
    else:
        rows = rows.withColumn("_held", F.col(column))
    alike = rows_of_keys(silver, rows.select(column), few)
    others = alike.join(rows.select(*key), key, "left_anti").select(F.col(column).alias("_taken")).distinct()
    found = rows.join(others, F.col("_held") == F.col("_taken"), "left")
    in_batch = F.min(keys).over(of_value) != F.max(keys).over(of_value)
    shared = F.col("_held").isNotNull() & (F.col("_taken").isNotNull() | in_batch)
    return found.withColumn(shared_flag(rule), shared).drop("_taken", "_held")


def missing_flag(rule: dict[str, Any]) -> str:
    return "_missing_{}".format(rule["column"])


def with_missing(rows: DataFrame, rule: dict[str, Any], referenced: DataFrame | None, contract: dict[str, Any], few: bool) -> DataFrame:
    """
    True where the referenced dataset has no such value; of the own one the batch's rows are part. A dataset that was never loaded says
    nothing. The dataset is asked only for the batch's values: of a large one no more than those is moved.
    """
    column, to = rule["column"], rule["to"]
    if referenced is None:
        return rows.withColumn(missing_flag(rule), F.lit(False))
    asked = rows.select(F.col(column).alias("_known"))
    known = rows_of_keys(referenced.select(F.col(to["column"]).alias("_known")), asked, few)
    if to["dataset"] == contract["dataset"]:
        known = known.union(rows.where(~is_delete(contract)).select(to["column"]))
    found = rows.join(known.distinct(), F.col(column) == F.col("_known"), "left")
    return found.withColumn(missing_flag(rule), F.col(column).isNotNull() & F.col("_known").isNull()).drop("_known")
