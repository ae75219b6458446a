"""Puts what was made of a Gold model into its table: one commit that changes only rows that differ, so readers of changes see no others."""

from __future__ import annotations

from typing import Any, NamedTuple

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion.delta_table import LOG_RETENTION, snapshot_of
from medallion.few_rows import FEW, is_large, to_all_executors
from medallion.key_bounds import Bound, bounded, bounds_in, conditions, ends
from medallion.table_files import target_bytes

# What becomes of a row of the table: `inserted`, `updated` or `gone`; where it lay before, and where it lies or is to lie.
CHANGE, BEFORE, PLACE = "_change", "_before", "_place"
CHANGES = ("inserted", "updated", "gone")
# A row in memory, columns and all, takes about four times what it takes in Parquet: 3 to 6 times in the tables of the benchmark.
IN_MEMORY = 4


class Differences(NamedTuple):
    """
    `bounds`: between which the rows of the table lie that are updated or gone. `places`: the columns that say where a row lies, those that
    queries filter by and then the grain.
    """

    rows: DataFrame
    counts: dict[str, int]
    bounds: list[Bound]
    places: list[str]


def laid_in_order(rows: DataFrame, contract: dict[str, Any]) -> DataFrame:
    """
    In files that each have one range of what queries filter by: what changed lately then lies in few of them. `rows` are in memory and
    have been counted, so that their size is known.
    """
    size = rows._jdf.queryExecution().optimizedPlan().stats().sizeInBytes() // IN_MEMORY
    columns = contract["partitioning"] + (contract.get("zOrder") or contract["grain"])
    files = max(1, round(size / target_bytes("gold", size)))
    return rows.repartitionByRange(files, *columns) if columns else rows


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


def rows_found_by(contract: dict[str, Any]) -> list[list[str]]:
    """
    The grain, and what else says where a row lies: by these the rows that are made find theirs in the table. Rows that were made under
    another contract may have nulls there, or several rows a grain, and cannot be found.
    """
    return [contract["grain"], _never_null(contract.get("zOrder", []), contract)]


def differences(made: DataFrame, existing: DataFrame, contract: dict[str, Any]) -> Differences:
    """
    The rows of `made` that `existing` has otherwise or not at all, and those of `existing` whose grain `made` has not. In memory: the MERGE
    reads its source twice. On tables of few rows that halves what it takes.
    """
    names, (grain, ordering) = made.columns, rows_found_by(contract)
    now = made.select(F.struct(*names).alias("_now"))
    was = existing.select(F.struct(*names).alias("_was"))
    joined = now.join(was, [F.col("_now")[name] == F.col("_was")[name] for name in grain], "full")
    change = F.when(F.col("_was").isNull(), "inserted").when(F.col("_now").isNull(), "gone").otherwise("updated")
    differing = joined.where(~F.col("_now").eqNullSafe(F.col("_was")))
    places = [*ordering, *[name for name in grain if name not in ordering]]
    before = F.when(F.col("_was").isNotNull(), F.struct(*[F.col("_was")[name].alias(name) for name in places])).alias(BEFORE)
    rows = differing.select(F.coalesce("_now", "_was").alias("_row"), change.alias(CHANGE), before).select("_row.*", CHANGE, BEFORE)
    return _counted(rows.localCheckpoint(eager=False), places)


def _never_null(names: list[str], contract: dict[str, Any]) -> list[str]:
    """A null lies between no bounds."""
    return [each["name"] for each in contract["columns"] if each["name"] in names and each["required"]]


def _counted(rows: DataFrame, places: list[str]) -> Differences:
    types = bounded(rows, places)
    counts = [F.count(F.when(F.col(CHANGE) == change, 1)).alias(change) for change in CHANGES]
    found = rows.agg(*counts, *ends(types, f"{BEFORE}.")).collect()[0].asDict()
    return Differences(rows, {change: found[change] for change in CHANGES}, bounds_in(found, types), places)


def write_differences(session: SparkSession, table: str, changes: Differences, count: int) -> None:
    """Where nothing differs the commit says only that the build has been there. `count`: rows of the table, with the changes."""
    counts = changes.counts
    if counts["updated"] == 0 and counts["gone"] == 0:
        new = changes.rows.drop(CHANGE, BEFORE)
        (new if counts["inserted"] else new.limit(0)).write.format("delta").mode("append").save(table)
        return
    # A new row has no place yet; in its own it comes to lie among those of its like, and by its grain matches none of them.
    place = F.struct(*[F.coalesce(F.col(BEFORE)[name], F.col(name)).alias(name) for name in changes.places])
    rows = changes.rows.withColumn(PLACE, place).drop(BEFORE)
    to_all_executors(rows, sum(counts.values()) <= FEW).createOrReplaceTempView("_differences")
    session.conf.set("spark.databricks.delta.merge.materializeSource", "none")
    for setting, value in _in_order_still(session, table, count, adds=counts["inserted"] > 0).items():
        session.conf.set(setting, str(value))
    names = [f"`{name}`" for name in rows.columns if name not in (CHANGE, PLACE)]
    clauses = [f"WHEN MATCHED AND s.{CHANGE} = 'gone' THEN DELETE"]
    clauses.append("WHEN MATCHED THEN UPDATE SET {}".format(", ".join(f"t.{name} = s.{name}" for name in names)))
    if counts["inserted"]:
        # Only where it is needed: a MERGE that may insert moves every row of the files that it writes anew.
        clauses.append("WHEN NOT MATCHED THEN INSERT ({}) VALUES ({})".format(", ".join(names), ", ".join(f"s.{name}" for name in names)))
    matching = [f"t.`{name}` = s.{PLACE}.`{name}`" for name in changes.places] + conditions(changes.bounds, "t.")
    session.sql(f"MERGE INTO delta.`{table}` AS t USING _differences AS s ON {' AND '.join(matching)} {' '.join(clauses)}").collect()


def _in_order_still(session: SparkSession, table: str, count: int, *, adds: bool) -> dict[str, int]:
    """
    What a MERGE writes anew keeps its ranges. Where it adds no row, each task writes what it has read: one file. Where it does, all that it
    writes is joined in few tasks, each of which has its rows in the order of the places, and begins a new file after as many as one has.
    """
    snapshot = snapshot_of(session, table)
    if not is_large(snapshot):
        return {}
    size = int(snapshot.sizeInBytes())
    target = target_bytes("gold", size)
    if adds:
        return {"spark.sql.files.maxRecordsPerFile": max(1, count * target // size)}
    return {"spark.sql.files.maxPartitionBytes": target}
