"""Types a text by the contract. A text that its type cannot hold whole becomes null, which the rules see: nothing is rounded or cut."""

from __future__ import annotations

from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from medallion.change_rows import POSITION
from medallion.contract_text import PREFIX
from medallion.exact_values import exact_value
from medallion.load_mode import has_records, lands_changes, ordering_column
from medallion.nested_values import is_nested, nested_value

SEQUENCE = "_sequence"
SEQUENCE_PARTITION = "_sequence_partition"


def with_types(rows: DataFrame, contract: dict[str, Any]) -> DataFrame:
    """
    Each contract column under its own name in place of the landed one, and `_sequence`; the texts stay beside them. Where the contract lets
    the table evolve, landed columns that it does not name come along as they landed.
    """
    kept = [name for name in rows.columns if name.startswith("_")]
    typed = [typed_column(each) for each in contract["columns"]] + [F.col(f"`{name}`") for name in _evolved(rows, contract)]
    if has_records(contract):
        return rows.select(*kept, *typed, F.col("offset").alias(SEQUENCE), F.col("partition").alias(SEQUENCE_PARTITION))
    return rows.select(*kept, *typed).withColumn(SEQUENCE, _sequence(contract))


def _evolved(rows: DataFrame, contract: dict[str, Any]) -> list[str]:
    """Spark does not tell names apart by case: one that differs from another in case alone stays in Bronze."""
    if has_records(contract) or contract.get("schemaPolicy") != "evolve":
        return []
    known = {name.lower() for each in contract["columns"] for name in [each["name"], *each.get("aliases", [])]}
    landed = [name for name in rows.columns if not name.startswith("_") and "`" not in name]
    return [name for name in landed if name.lower() not in known]


def typed_column(column: dict[str, Any]) -> Column:
    text, type_ = f"`{PREFIX}{column['name']}`", column["type"]
    value = nested_value(text, type_) if is_nested(type_) else exact_value(text, type_, "fractionalSecondsPrecision" in column)
    return F.expr(value).alias(column["name"])


def _sequence(contract: dict[str, Any]) -> Column:
    """Where no column orders the versions of a key and no position does, the batch does."""
    if lands_changes(contract):
        return F.col(POSITION)
    name = ordering_column(contract)
    if name is None:
        return F.col("_batch")
    type_ = next(each["type"] for each in contract["columns"] if each["name"] == name)
    if type_ == "timestamp":
        return F.expr(f"unix_micros(`{name}`)")
    if type_ == "date":
        return F.expr(f"unix_micros(CAST(`{name}` AS timestamp))")
    return F.col(name).cast("bigint")
