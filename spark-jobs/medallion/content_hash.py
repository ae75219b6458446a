"""The content hash of a row of Silver, over its typed values, as docs/reference/shapes.md specifies it: in Spark."""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, BinaryType, DataType, DecimalType, DoubleType, MapType, StructField, StructType, TimestampType

from medallion.row_hash import netstring, netstring_or_null, plain_decimal, quoted

CONTENT_HASH = "_content_hash"
# Which run loaded the row, and when: another try loads the same row.
APART = ("_run", "_object", "_ingested_at", CONTENT_HASH)


def content_hash(row: StructType) -> Column:
    """md5 of the canonical text of a row with these columns."""
    fields = [field for field in row.fields if field.name not in APART]
    return F.md5(_named_values([(field, F.col(quoted(field.name))) for field in fields]))


def _named_values(values: list[tuple[StructField, Column]]) -> Column:
    """By name and without nulls, so that a column that the table gains, or has elsewhere, changes no hash."""
    pieces = []
    for field, value in sorted(values, key=lambda each: each[0].name):
        name = F.lit(f"{len(field.name.encode())}:{field.name},")
        pieces.append(F.coalesce(F.concat(name, netstring(_text(value, field.dataType))), F.lit("")))
    return F.concat(*pieces) if pieces else F.lit("")


def _text(value: Column, type_: DataType) -> Column:
    if isinstance(type_, DecimalType):
        return plain_decimal(value, type_.scale)
    if isinstance(type_, BinaryType):
        return F.lower(F.hex(value))
    if isinstance(type_, TimestampType):
        return _micros(value)
    if isinstance(type_, DoubleType):
        return _bits(value)
    if isinstance(type_, ArrayType):
        return F.array_join(F.transform(value, lambda each: netstring_or_null(_text(each, type_.elementType))), "")
    if isinstance(type_, MapType):
        return F.array_join(F.transform(F.array_sort(F.map_entries(value)), lambda each: _entry(each, type_)), "")
    if isinstance(type_, StructType):
        fields = _named_values([(field, value.getField(field.name)) for field in type_.fields])
        return F.when(value.isNotNull(), fields)
    return value.cast("string")


def _entry(entry: Column, type_: MapType) -> Column:
    return F.concat(netstring(_text(entry["key"], type_.keyType)), netstring_or_null(_text(entry["value"], type_.valueType)))


def _micros(value: Column) -> Column:
    return F.call_udf("unix_micros", value).cast("string")


def _bits(value: Column) -> Column:
    """Of the number as IEEE 754 has it: how programs print one differs. Java's function is not for null."""
    bits = F.call_udf("reflect", F.lit("java.lang.Double"), F.lit("doubleToLongBits"), value).cast("bigint")
    return F.when(value.isNotNull(), F.lpad(F.lower(F.hex(bits)), 16, "0"))
