"""
Has the documents of a batch decoded by several tasks. Spark cuts a file into tasks by its groups of rows, and hundreds of thousands of
documents are a few megabytes of Parquet, one group: one core would decode them all while the others wait.
"""

from __future__ import annotations

from pyspark.sql import DataFrame

# Some 10 to 20 microseconds each. Moving one costs a tenth of that.
DOCUMENTS_A_TASK = 50_000


def spread_records(rows: DataFrame, count: int) -> DataFrame:
    """`count`: of the rows, as the manifest says it."""
    tasks = count // DOCUMENTS_A_TASK
    return rows.repartition(tasks) if tasks > 1 else rows
