"""Counts the files of a Delta table by its log alone: how many there are, how large, and where small ones have come together."""

from __future__ import annotations

from typing import Any, NamedTuple

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion.delta_table import snapshot_of

MEBIBYTE = 1024 * 1024
# Near this Athena and Spark read at their full rate.
TARGET_BYTES = 128 * MEBIBYTE
# A MERGE marks the rows of Silver that it replaces, but writes the files of Gold that it touches anew, whole: these are a part of the
# table, and never large.
GOLD_PARTS = 16
GOLD_BYTES = (2 * MEBIBYTE, 32 * MEBIBYTE)
# Half of the files that packing makes are larger than this part of their target: packed once, a file is left alone.
SMALL_PART = 4
# Z-ORDER writes a partition whole: where less of it is new, that would cost more than the order is worth.
ORDERED_ANEW = 0.2


class TableFiles(NamedTuple):
    """
    `target`: bytes of a file as it is to be. `small`: those that another one of their partition could be packed with; `unordered`: the
    partitions, as Delta's log names them, of which small ones hold so much that they are worth ordering anew.
    """

    target: int
    files: int
    small: int
    bytes: int
    has_deletions: bool
    unordered: list[dict[str, Any]]


def target_bytes(layer: str, table_bytes: int) -> int:
    """Of a file, in a table of this layer and size."""
    least, most = GOLD_BYTES
    return min(most, max(least, table_bytes // GOLD_PARTS)) if layer == "gold" else TARGET_BYTES


def table_files(session: SparkSession, table: str, layer: str) -> TableFiles:
    snapshot = snapshot_of(session, table)
    target = target_bytes(layer, snapshot.sizeInBytes())
    files = DataFrame(snapshot.allFiles().toDF(), session)
    is_small = F.col("size") < target // SMALL_PART
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
        target=target,
        files=sum(row["files"] for row in found),
        small=sum(row["small"] for row in to_pack),
        bytes=sum(row["bytes"] for row in found),
        has_deletions=any(row["with_deletions"] for row in found),
        unordered=[row["values"] for row in to_pack if row["small_bytes"] >= ORDERED_ANEW * row["bytes"]],
    )
