"""Spells types and values as Athena does, whose results are text."""

import datetime
import re
from typing import Any

# DuckDB's names where Athena has others; all else is the same word in lower case.
_NAMES = {
    "hugeint": "bigint",
    "uinteger": "bigint",
    "ubigint": "bigint",
    "timestamp_ns": "timestamp",
    "real": "float",
    "blob": "varbinary",
    "struct": "row",
}


class Type(str):
    """A type's name that knows its precision and scale, since Athena reports them beside the name."""

    size: tuple[int, int] | None = None


def athena_type(duckdb_type: str) -> Type:
    text = duckdb_type.lower()
    decimal = re.fullmatch(r"decimal\((\d+),\s*(\d+)\)", text)
    base = "array" if text.endswith("]") else re.split(r"\(", text)[0].strip()
    name = Type(_NAMES.get(base, base))
    if decimal:
        name.size = (int(decimal[1]), int(decimal[2]))
    elif name.startswith("timestamp"):
        name.size = (3, 0)
    elif name == "varchar":
        name.size = (2147483647, 0)
    return name


def text_of(value: Any) -> str | None:
    """Timestamps stop at milliseconds there."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime.datetime):
        zone = " UTC" if value.tzinfo else ""
        return f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03d}{zone}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_nested(each) for each in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}={_nested(each)}" for name, each in value.items()) + "}"
    if isinstance(value, (bytes, bytearray)):
        return value.hex(" ")
    return str(value)


def _nested(value: Any) -> str:
    text = text_of(value)
    return "null" if text is None else text
