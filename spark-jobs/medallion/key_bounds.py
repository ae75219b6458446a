"""
Says in which ranges the values of some rows lie, as a condition on the table: Delta leaves out the files whose ranges lie outside. Rows
that match lie inside by themselves, so the condition changes what is read and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Dict, NamedTuple

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from medallion.sql_literal import sql_literal

# Delta keeps the range of each file's values for these, and a value's text reads as the same value again.
BOUNDED = ("string", "int", "bigint", "date", "timestamp", "decimal")
# With fewer, asking for the bounds of a batch takes as long as what is left out.
MANY_FILES = 4
# Of columns by their names.
Types = Dict[str, str]


class Bound(NamedTuple):
    """The smallest and the largest value of a column, as literals: only these are compared with what the log says of the files."""

    column: str
    low: str
    high: str


def has_many_files(snapshot: Any) -> bool:
    """Of a table, as `delta_table.snapshot_of` answers it."""
    return bool(snapshot.numOfFiles() >= MANY_FILES)


def key_bounds(rows: DataFrame, key: list[str]) -> list[Bound]:
    """None where the rows have no key whose range says anything."""
    types = bounded(rows, key)
    return bounds_in(rows.agg(*ends(types)).collect()[0].asDict(), types) if types else []


def bounded(rows: DataFrame, names: list[str]) -> Types:
    return {name: type_ for name, type_ in rows.dtypes if name in names and type_.split("(")[0] in BOUNDED}


def ends(types: Types, of: str = "") -> list[Column]:
    """What an aggregate asks for so that `bounds_in` finds it. `of`: the struct that holds the columns, `before.` for one."""
    each = [(name, label, end) for name in types for label, end in (("min", F.min), ("max", F.max))]
    return [end(f"{of}`{name}`").cast("string").alias(f"{label} {name}") for name, label, end in each]


def bounds_in(found: dict[str, Any], types: Types) -> list[Bound]:
    """Where a column has no value at all, nothing bounds it."""
    return [
        Bound(name, sql_literal(found["min " + name], type_), sql_literal(found["max " + name], type_))
        for name, type_ in types.items()
        if found["min " + name] is not None
    ]


def within(rows: DataFrame, bounds: Sequence[Bound]) -> DataFrame:
    """The rows inside; all of them where nothing bounds them."""
    return rows.where(" AND ".join(conditions(bounds))) if bounds else rows


def conditions(bounds: Sequence[Bound], table: str = "") -> list[str]:
    """`table`: what the columns are called by, `t.` for one."""
    return [f"{table}`{column}` >= {low} AND {table}`{column}` <= {high}" for column, low, high in bounds]
