"""Counts the files of a Delta table by its log alone: how many there are, how large, and which partitions have small ones to pack."""

from __future__ import annotations

from typing import Any, Dict, NamedTuple

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion.delta_table import snapshot_of

# Near this Athena and Spark read at their full rate, and a MERGE that touches one row rewrites no more than this.
TARGET_BYTES = 128 * 1024 * 1024
# Half of the files that packing makes are larger: packed once, a file is left alone.
SMALL_BYTES = TARGET_BYTES // 4


class TableFiles(NamedTuple):
    """`small`: those that another one of their partition could be packed with; `partitions`: where they are, as Delta's log names them."""

    count: int
    small: int
    bytes: int
    partitions: list[Dict[str, Any]]


def table_files(session: SparkSession, table: str) -> TableFiles:
    files = DataFrame(snapshot_of(session, table).allFiles().toDF(), session)
    is_small = (F.col("size") < SMALL_BYTES) | F.col("deletionVector").isNotNull()
    by_partition = files.groupBy(F.to_json("partitionValues").alias("partition")).agg(
        F.first("partitionValues").alias("values"),
        F.count(F.lit(1)).alias("files"),
        F.count(F.when(is_small, 1)).alias("small"),
        F.count("deletionVector").alias("with_deletions"),
        F.sum("size").alias("bytes"),
    )
    found = [row.asDict() for row in by_partition.drop("partition").collect()]
    to_pack = [row for row in found if row["small"] > 1 or row["with_deletions"] > 0]
    return TableFiles(
        count=sum(row["files"] for row in found),
        small=sum(row["small"] for row in to_pack),
        bytes=sum(row["bytes"] for row in found),
        partitions=[row["values"] for row in to_pack],
    )
