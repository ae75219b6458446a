"""The row hash and the layer hash, as docs/reference/shapes.md specifies them: in Spark."""

from __future__ import annotations

import re
from typing import Any

from pyspark.sql import Column
from pyspark.sql import functions as F

EMPTY_HASH = "0" * 32


def row_hash(columns: list[dict[str, str]]) -> Column:
    """md5 of a netstring for each value and `-,` for each null, in the order of the landed columns."""
    texts = [_text(quoted(column["name"]), column["type"]) for column in columns]
    return F.md5(F.concat(*map(netstring_or_null, texts)))


def netstring(text: Column) -> Column:
    """Null where the text is."""
    return F.concat(F.octet_length(text).cast("string"), F.lit(":"), text, F.lit(","))


def netstring_or_null(text: Column) -> Column:
    return F.coalesce(netstring(text), F.lit("-,"))


def quoted(name: str) -> str:
    """A column's name, whatever is in it."""
    return "`{}`".format(name.replace("`", "``"))


def layer_hash_parts(row_hash_column: str, of: str = "") -> list[Column]:
    """Aggregates `<of>rows`, `<of>high` and `<of>low` over the rows that have a hash; `layer_hash` makes the hash of the two sums."""
    halves = [("high", 1), ("low", 17)]
    sums = [_sum_of_half(row_hash_column, start).alias(of + name) for name, start in halves]
    return [F.count(row_hash_column).alias(of + "rows"), *sums]


def layer_hash(high: Any, low: Any) -> str:
    """A sum and never an XOR, so that a row twice counts twice."""
    return f"{int(high) % 2**64:016x}{int(low) % 2**64:016x}"


def _sum_of_half(row_hash_column: str, start: int) -> Column:
    """Of 64 bits with a sign: such sums wrap around by themselves, and cost a fraction of what decimals do."""
    half = F.conv(F.substring(row_hash_column, start, 16), 16, -10).cast("bigint")
    return F.coalesce(F.sum(half), F.lit(0))


def _text(name: str, landed_type: str) -> Column:
    column = F.col(name)
    decimal = re.match(r"DECIMAL\(\d+,\s*(\d+)\)$", landed_type)
    if decimal:
        return plain_decimal(column, int(decimal.group(1)))
    if landed_type == "TIMESTAMP":
        return F.expr(f"unix_micros({name})").cast("string")
    # Octets of a BLOB stay as they are: Spark looks at none of them in this cast, nor where it puts texts together.
    return column.cast("string")


def plain_decimal(column: Column, scale: int) -> Column:
    """Spark writes small numbers of a large scale with an exponent; one added to them is never small, and taken off the text again."""
    if scale <= 6:
        return column.cast("string")
    shifted = (F.abs(column).cast(f"decimal({scale + 1},{scale})") + F.lit(1).cast("decimal(1,0)")).cast("string")
    small = F.concat(F.when(column < 0, "-").otherwise(""), F.lit("0"), shifted.substr(2, scale + 1))
    return F.when(F.abs(column) < 1, small).otherwise(column.cast("string"))
