"""Puts what was made of a Gold model into its table: one commit that changes only rows that differ, so readers of changes see no others."""

from __future__ import annotations

from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion.delta_table import LOG_RETENTION
from medallion.few_rows import FEW, to_all_executors

# What becomes of a row of the table: `inserted`, `updated` or `gone`.
CHANGE = "_change"


def replace_all(table: str, rows: DataFrame, contract: dict[str, Any]) -> None:
    """Where there is no table yet, or one of other columns. Deletion vectors stay off: they would ask for newer readers than Gold has."""
    (
        rows.write.format("delta")
        .mode("overwrite")
        .option("overwriteSchema", "true")
        .option("delta.logRetentionDuration", LOG_RETENTION)
        .option("delta.enableDeletionVectors", "false")
        .option("delta.enableChangeDataFeed", "true")
        .partitionBy(*contract["partitioning"])
        .save(table)
    )


def differences(made: DataFrame, existing: DataFrame, grain: list[str]) -> DataFrame:
    """The rows of `made` that `existing` has otherwise or not at all, and those of `existing` whose grain `made` has not."""
    names = made.columns
    now = made.select(F.struct(*names).alias("_now"))
    was = existing.select(F.struct(*names).alias("_was"))
    joined = now.join(was, [F.col("_now")[name] == F.col("_was")[name] for name in grain], "full")
    change = F.when(F.col("_was").isNull(), "inserted").when(F.col("_now").isNull(), "gone").otherwise("updated")
    differing = joined.where(~F.col("_now").eqNullSafe(F.col("_was")))
    return differing.select(F.coalesce("_now", "_was").alias("_row"), change.alias(CHANGE)).select("_row.*", CHANGE)


def difference_counts(changes: DataFrame) -> dict[str, int]:
    counted = {row[CHANGE]: row["count"] for row in changes.groupBy(CHANGE).count().collect()}
    return {change: counted.get(change, 0) for change in ("inserted", "updated", "gone")}


def write_differences(session: SparkSession, table: str, changes: DataFrame, counts: dict[str, int], grain: list[str]) -> None:
    """Where nothing differs the commit says only that the build has been there."""
    if counts["updated"] == 0 and counts["gone"] == 0:
        rows = changes.drop(CHANGE)
        (rows if counts["inserted"] else rows.limit(0)).write.format("delta").mode("append").save(table)
        return
    to_all_executors(changes, sum(counts.values()) <= FEW).createOrReplaceTempView("_differences")
    session.conf.set("spark.databricks.delta.merge.materializeSource", "none")
    names = [f"`{name}`" for name in changes.columns if name != CHANGE]
    clauses = [f"WHEN MATCHED AND s.{CHANGE} = 'gone' THEN DELETE"]
    clauses.append("WHEN MATCHED THEN UPDATE SET {}".format(", ".join(f"t.{name} = s.{name}" for name in names)))
    if counts["inserted"]:
        # Only where it is needed: a MERGE that may insert moves every row of the files that it writes anew.
        clauses.append("WHEN NOT MATCHED THEN INSERT ({}) VALUES ({})".format(", ".join(names), ", ".join(f"s.{name}" for name in names)))
    same_grain = " AND ".join(f"t.`{name}` = s.`{name}`" for name in grain)
    session.sql(f"MERGE INTO delta.`{table}` AS t USING _differences AS s ON {same_grain} {' '.join(clauses)}").collect()
