"""
Joins of a few rows with a large table: the few go to every executor, and of the table no more is moved than what matches. Spark decides so
by itself only where it knows the size of the few beforehand, which it does of files and not of what was worked out from them.
"""

from __future__ import annotations

import math
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

# Some tens of megabytes of keys.
FEW = 500_000
# With fewer a task is not worth its own start, and each leaves a file of its own in the table. Spark joins small parts of a stage by
# itself, but not those of rows that are kept in memory.
ROWS_A_TASK = 50_000
# Bytes of a table from which on it is worth a pass of its own over the few.
LARGE = 16 * 1024 * 1024


def is_large(snapshot: Any) -> bool:
    """Of a table, as `delta_table.snapshot_of` answers it."""
    return bool(snapshot.sizeInBytes() >= LARGE)


def tasks_for(count: int) -> int:
    """`count`: of rows."""
    return max(1, math.ceil(count / ROWS_A_TASK))


def to_all_executors(rows: DataFrame, few: bool) -> DataFrame:
    """Marked so that a join sends them there; where they are not few, as they are."""
    return F.broadcast(rows) if few else rows


def rows_of_keys(rows: DataFrame, keys: DataFrame, few: bool) -> DataFrame:
    """The rows that have one of the keys. `few`: so many at most that every executor can hold them."""
    return rows.join(to_all_executors(keys, few), keys.columns, "left_semi").select(*[F.col(f"`{name}`") for name in rows.columns])
