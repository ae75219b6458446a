"""Counts the files of a Delta table by its log alone: how many there are, how large, and where small ones have come together."""

from __future__ import annotations

from typing import Any, NamedTuple

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion.delta_table import snapshot_of

# Near this Athena and Spark read at their full rate, and a MERGE that touches one row rewrites no more than this.
TARGET_BYTES = 128 * 1024 * 1024
# Half of the files that packing makes are larger: packed once, a file is left alone.
SMALL_BYTES = TARGET_BYTES // 4
# Z-ORDER writes a partition whole: where less of it is new, that would cost more than the order is worth.
ORDERED_ANEW = 0.2


class TableFiles(NamedTuple):
    """
    `small`: those that another one of their partition could be packed with; `unordered`: the partitions, as Delta's log names them, of
    which small ones hold so much that they are worth ordering anew.
    """

    files: int
    small: int
    bytes: int
    has_deletions: bool
    unordered: list[dict[str, Any]]


def table_files(session: SparkSession, table: str) -> TableFiles:
    files = DataFrame(snapshot_of(session, table).allFiles().toDF(), session)
    is_small = F.col("size") < SMALL_BYTES
    by_partition = files.groupBy(F.to_json("partitionValues").alias("partition")).agg(
        F.first("partitionValues").alias("values"),
        F.count(F.lit(1)).alias("files"),
        F.sum("size").alias("bytes"),
        F.count(F.when(is_small, 1)).alias("small"),
        F.sum(F.when(is_small, F.col("size")).otherwise(0)).alias("small_bytes"),
        F.count("deletionVector").alias("with_deletions"),
    )
    found = [row.asDict() for row in by_partition.drop("partition").collect()]
    to_pack = [row for row in found if row["small"] > 1]
    return TableFiles(
        files=sum(row["files"] for row in found),
        small=sum(row["small"] for row in to_pack),
        bytes=sum(row["bytes"] for row in found),
        has_deletions=any(row["with_deletions"] for row in found),
        unordered=[row["values"] for row in to_pack if row["small_bytes"] >= ORDERED_ANEW * row["bytes"]],
    )
