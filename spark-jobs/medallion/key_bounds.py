"""
Says in which ranges the keys of a batch lie, as a condition on the table: Delta leaves out the files whose ranges lie outside. Rows that
match lie inside by themselves, so the condition changes what is read and nothing else.
"""

from __future__ import annotations

from typing import NamedTuple

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from medallion.sql_literal import sql_literal

# Delta keeps the range of each file's values for these, and a value's text reads as the same value again.
BOUNDED = ("string", "int", "bigint", "date", "timestamp", "decimal")
# With fewer, asking for the bounds takes as long as what is left out.
MANY_FILES = 4


class Bound(NamedTuple):
    """The smallest and the largest value of a column, as literals: only these are compared with what the log says of the files."""

    column: str
    low: str
    high: str


def key_bounds(rows: DataFrame, key: list[str], files: int) -> list[Bound]:
    """None where the table has few files, or the rows have no key whose range says anything."""
    types = {name: type_ for name, type_ in rows.dtypes if name in key and type_.split("(")[0] in BOUNDED}
    if files < MANY_FILES or not types:
        return []
    ends = [end(f"`{name}`").cast("string").alias(f"{label} {name}") for name in types for label, end in (("min", F.min), ("max", F.max))]
    found = rows.agg(*ends).collect()[0].asDict()
    if None in found.values():
        return []
    return [
        Bound(name, sql_literal(found["min " + name], type_), sql_literal(found["max " + name], type_)) for name, type_ in types.items()
    ]


def conditions(bounds: list[Bound], table: str = "") -> list[str]:
    """`table`: what the columns are called by, `t.` for one."""
    return [f"{table}`{column}` >= {low} AND {table}`{column}` <= {high}" for column, low, high in bounds]
