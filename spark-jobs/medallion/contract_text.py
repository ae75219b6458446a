"""Decides the text of each contract column in a Bronze row: a landed value as text, or what Kafka's JSON holds at the column's path."""

from __future__ import annotations

from functools import reduce
from operator import or_
from typing import Any, Iterable

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from medallion.compacted_records import OTHER_KEY, key_texts
from medallion.json_numbers import with_marked_numbers, without_marks
from medallion.load_mode import has_records, is_compacted
from medallion.record_content import DOCUMENT, HAS_SCHEMA, paths_of, record_octets, unreadable_because

# The raw text of a column stands beside the landed ones under this prefix until the row is judged.
PREFIX = "_text_"
# The key's texts joined by `/`: no two keys have the same.
KEY_TEXT = "_key_text"
# Why the value of a record is no JSON object, as record_content.py says; null where it is one.
UNREADABLE = "_unreadable"
# What a record holds beside the columns of the contract: a map of texts.
UNKNOWN_FIELDS = "_unknown_fields"
# The row as it landed.
LANDED = "_landed"


def with_texts(rows: DataFrame, contract: dict[str, Any]) -> DataFrame:
    landed = [F.col("`{}`".format(name.replace("`", "``"))) for name in rows.columns if not name.startswith("_")]
    whole = rows.withColumn(LANDED, F.struct(*landed))
    texts = _from_json(whole, contract) if has_records(contract) else _from_columns(whole, contract["columns"])
    key = [F.col(PREFIX + name) for name in contract["key"]]
    return texts.withColumn(KEY_TEXT, joined_key(key) if key else F.lit(None).cast("string"))


def joined_key(texts: Iterable[Column]) -> Column:
    """The key's texts in its order, as `_key_text` has them: of several, one that has a `/` of its own has a `\\` before it."""
    each = list(texts)
    return F.concat_ws("/", *(each if len(each) == 1 else [F.regexp_replace(text, r"([\\/])", r"\\$1") for text in each]))


def _from_columns(rows: DataFrame, columns: list[dict[str, Any]]) -> DataFrame:
    texts = [_or_default(_under_any_name(rows, each), each).alias(PREFIX + each["name"]) for each in columns]
    return rows.select("*", *texts, F.lit(None).cast("string").alias(UNREADABLE))


def _under_any_name(rows: DataFrame, column: dict[str, Any]) -> Column:
    """A column that was renamed at the source is found under its earlier names, too."""
    names = [name for name in [column["name"], *column.get("aliases", [])] if name in rows.columns]
    return F.coalesce(*[_landed_text(rows, name) for name in names or [column["name"]]])


def _or_default(text: Column, column: dict[str, Any]) -> Column:
    return F.coalesce(text, F.lit(column["default"])) if "default" in column else text


def _landed_text(rows: DataFrame, name: str) -> Column:
    column = F.col(f"`{name}`")
    if dict(rows.dtypes)[name] == "binary":
        return F.lower(F.hex(column))
    return column.cast("string")


def _from_json(rows: DataFrame, contract: dict[str, Any]) -> DataFrame:
    """
    Every field is read as text first, so that a field of the wrong type spoils itself and not the record. Fields that no column names
    are kept in one map.
    """
    columns = contract["columns"]
    tops = sorted({path[0] for each in columns for path in paths_of(each)})
    schema = ", ".join([f"`{top}` string" for top in tops] + ["_corrupt_record string"])
    decoded = rows.withColumn("_octets", record_octets(contract)).withColumn("_value", F.decode(F.col("_octets"), "UTF-8"))
    marked = decoded.withColumn("_marked", F.expr(with_marked_numbers("_value")))
    parsed = marked.withColumn("_json", F.from_json("_marked", schema, {"mode": "PERMISSIVE"}))
    readable = F.ltrim("_value").startswith("{") & F.col("_json").isNotNull() & F.col("_json._corrupt_record").isNull() & _is_utf8()
    found = [F.coalesce(*map(_at, paths_of(each))).alias(PREFIX + each["name"]) for each in columns]
    known = F.array(*map(F.lit, tops))
    unknown = F.map_filter(F.from_json("_marked", "map<string,string>"), lambda name, _: ~F.array_contains(known, name))
    read = parsed.select("*", *found, unknown.alias("_others"), unreadable_because(readable, contract).alias(UNREADABLE))
    texts = [_or_default(F.expr(without_marks(f"`{PREFIX}{each['name']}`")), each).alias(PREFIX + each["name"]) for each in columns]
    others = F.expr("transform_values(_others, (name, text) -> {})".format(without_marks("text"))).alias(UNKNOWN_FIELDS)
    kept = [name for name in rows.columns if name not in (DOCUMENT, HAS_SCHEMA)]
    return _with_record_keys(read.select(*kept, *texts, others, UNREADABLE), contract)


def _with_record_keys(rows: DataFrame, contract: dict[str, Any]) -> DataFrame:
    """Of a compacted topic: the key is the record's, which a tombstone has, too, and a value that says another one is not believed."""
    if not is_compacted(contract):
        return rows
    keys = {PREFIX + name: text for name, text in key_texts(contract).items()}
    other = [F.coalesce(F.col(name) != text, F.lit(False)) for name, text in keys.items()]
    marked = rows.withColumn(OTHER_KEY, reduce(or_, other))
    return marked.select(*[keys[name].alias(name) if name in keys else F.col(f"`{name}`") for name in marked.columns])


def _is_utf8() -> Column:
    """Decoding puts U+FFFD for octets that are no UTF-8; where the text has one, the octets are held against it."""
    return ~F.expr("contains(_value, '\ufffd')") | (F.encode(F.col("_value"), "UTF-8") == F.col("_octets"))


def _at(path: list[str]) -> Column:
    top = F.col(f"_json.`{path[0]}`")
    return top if len(path) == 1 else F.get_json_object(top, "$." + ".".join(path[1:]))
