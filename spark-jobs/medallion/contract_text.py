"""Decides the text of each contract column in a Bronze row: a landed value as text, or what Kafka's JSON holds at the column's path."""

from __future__ import annotations

import re
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

# The raw text of a column stands beside the landed ones under this prefix until the row is judged.
PREFIX = "_text_"
# The key's texts joined by `/`, for a person to find the row.
KEY_TEXT = "_key_text"
# True where the value of a record is no JSON object.
UNREADABLE = "_unreadable"
# The row as it landed.
LANDED = "_landed"


def with_texts(rows: DataFrame, contract: dict[str, Any]) -> DataFrame:
    landed = [F.col("`{}`".format(name.replace("`", "``"))) for name in rows.columns if not name.startswith("_")]
    whole = rows.withColumn(LANDED, F.struct(*landed))
    texts = _from_json(whole, contract["columns"]) if contract["source"] == "kafka" else _from_columns(whole, contract["columns"])
    key = [F.col(PREFIX + name) for name in contract["key"]]
    return texts.withColumn(KEY_TEXT, F.concat_ws("/", *key) if key else F.lit(None).cast("string"))


def _from_columns(rows: DataFrame, columns: list[dict[str, Any]]) -> DataFrame:
    texts = [_landed_text(rows, each["name"]).alias(PREFIX + each["name"]) for each in columns]
    return rows.select("*", *texts, F.lit(False).alias(UNREADABLE))


def _landed_text(rows: DataFrame, name: str) -> Column:
    column = F.col(f"`{name}`")
    if dict(rows.dtypes)[name] == "binary":
        return F.lower(F.hex(column))
    return column.cast("string")


def _from_json(rows: DataFrame, columns: list[dict[str, Any]]) -> DataFrame:
    """Every field is read as text first, so that a field of the wrong type spoils itself and not the record."""
    tops = sorted({_segments(each)[0] for each in columns})
    schema = ", ".join([f"`{top}` string" for top in tops] + ["_corrupt_record string"])
    value = F.decode(F.col("value"), "UTF-8")
    parsed = rows.withColumn("_json", F.from_json(value, schema, {"mode": "PERMISSIVE"}))
    readable = F.ltrim(value).startswith("{") & F.col("_json").isNotNull() & F.col("_json._corrupt_record").isNull()
    texts = [_at(each).alias(PREFIX + each["name"]) for each in columns]
    return parsed.select("*", *texts, (~F.coalesce(readable, F.lit(False))).alias(UNREADABLE)).drop("_json")


def _at(column: dict[str, Any]) -> Column:
    segments = _segments(column)
    top = F.col(f"_json.`{segments[0]}`")
    return top if len(segments) == 1 else F.get_json_object(top, "$." + ".".join(segments[1:]))


def _segments(column: dict[str, Any]) -> list[str]:
    path = column.get("path", "$." + column["name"])
    return re.sub(r"^\$\.", "", path).split(".")
