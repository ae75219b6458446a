"""
Names what the rows of a source that tells of operations have beside the table's own columns; functions/batch/change-columns.ts says what
each means.
"""

from __future__ import annotations

from typing import Any

from pyspark.sql import Column
from pyspark.sql import functions as F

from medallion.load_mode import has_operations

OPERATION, POSITION, CHANGED_AT, KEPT = "_operation", "_position", "_changed_at", "_kept"
# True of a row that keeps a value which nothing known has.
NO_BASE = "_no_base"


def is_delete(contract: dict[str, Any]) -> Column:
    """Never of rows that are no operations."""
    return F.col(OPERATION) == "delete" if has_operations(contract) else F.lit(False)


def is_read() -> Column:
    """Of operations: the row as it was found when the table was read."""
    return F.col(OPERATION) == "read"
