"""
A compacted topic is a table: of a key the newest record counts, and one without a value, a tombstone, deletes the row
(https://kafka.apache.org/documentation/#compaction). Its records are operations (change_rows.py), and the record's own key is the row's.
"""

from __future__ import annotations

from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from medallion.change_rows import OPERATION, POSITION
from medallion.load_mode import is_compacted
from medallion.record_content import paths_of

# True of a row whose value has another key than the record.
OTHER_KEY = "_other_key"


def with_operations(records: DataFrame, contract: dict[str, Any]) -> DataFrame:
    """A key stays in its partition, whose offsets therefore order its records."""
    if not is_compacted(contract):
        return records
    operation = F.when(F.col("value").isNull(), "delete").otherwise("update")
    return records.withColumn(OPERATION, operation).withColumn(POSITION, F.col("offset"))


def key_texts(contract: dict[str, Any]) -> dict[str, Column]:
    """
    Of each column of the key, in its order, the text that the record's key has: the field of a JSON object where the value has it, too, or
    the whole, where the key is one column. Null where it has none, and of octets that are no UTF-8.
    """
    text = F.decode(F.col("key"), "UTF-8")
    whole = F.when(F.encode(text, "UTF-8") == F.col("key"), text)
    columns = {each["name"]: each for each in contract["columns"]}
    fields = {name: F.coalesce(*[_at(whole, path) for path in paths_of(columns[name])]) for name in contract["key"]}
    if len(fields) > 1:
        return fields
    return {name: F.when(F.ltrim(whole).startswith("{"), field).otherwise(whole) for name, field in fields.items()}


def _at(text: Column, path: list[str]) -> Column:
    return F.get_json_object(text, "$." + ".".join(path))
