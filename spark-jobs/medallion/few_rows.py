"""
Joins of a few rows with a large table: the few go to every executor, and of the table no more is moved than what matches. Spark decides so
by itself only where it knows the size of the few beforehand, which it does of files and not of what was worked out from them.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

# Some tens of megabytes of keys.
FEW = 500_000
# Bytes of a table from which on it is worth a pass of its own over the few.
LARGE = 16 * 1024 * 1024


def rows_of_keys(rows: DataFrame, keys: DataFrame, few: bool) -> DataFrame:
    """The rows that have one of the keys. `few`: so many at most that every executor can hold them."""
    asked = F.broadcast(keys) if few else keys
    return rows.join(asked, keys.columns, "left_semi").select(*[F.col(f"`{name}`") for name in rows.columns])
