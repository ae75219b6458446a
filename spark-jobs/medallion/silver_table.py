"""The Silver table: its columns, its rows as they stand, and the one commit by which a batch goes in."""

from __future__ import annotations

from typing import Any, Dict

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion.batch_numbers import BatchNumbers
from medallion.delta_table import LOG_RETENTION, reads_statistics, snapshot_of, version_of
from medallion.few_rows import is_large, tasks_for
from medallion.key_bounds import Bound, conditions
from medallion.load_mode import keeps_versions
from medallion.row_outcomes import ABSENT, CLOSED, OUTCOME
from medallion.silver_columns import added_columns, silver_columns
from medallion.typed_rows import SEQUENCE

Contract = Dict[str, Any]

# Where a MERGE moves both sides to join them, Spark's bloom filter of the batch's keys leaves the rest of the table where it is; by default
# it is for tables from 10 GB. APPLIES_FROM: the bytes from which on a side is filtered.
OF_KEYS_ALONE = {
    "spark.sql.optimizer.runtime.bloomFilter.enabled": "true",
    "spark.sql.optimizer.runtime.bloomFilter.creationSideThreshold": "1g",
}
APPLIES_FROM = "spark.sql.optimizer.runtime.bloomFilter.applicationSideScanSizeThreshold"
# One that may insert always does, and Spark has to know: where it means to send a small batch to every executor it makes no filter.
ALWAYS_MOVES = {
    "spark.sql.autoBroadcastJoinThreshold": "-1",
    "spark.sql.adaptive.autoBroadcastJoinThreshold": "64m",
}


def current_rows(silver: DataFrame, contract: Contract) -> DataFrame:
    """One row a key: of a table that keeps versions the last one, where the key is not deleted."""
    return silver.where("is_current") if keeps_versions(contract) else silver


def silver_rows(session: SparkSession, table: str, contract: Contract) -> DataFrame:
    """
    Empty when there is no table yet. At a pinned version: rows that are kept in memory and depend on the table's newest version
    would be computed again after the merge.
    """
    version = version_of(session, table)
    if version >= 0:
        return session.read.format("delta").option("versionAsOf", version).load(table)
    return session.range(0).selectExpr(*[f"CAST(NULL AS {type_}) AS `{name}`" for name, type_ in silver_columns(contract)])


def write_silver(
    session: SparkSession, table: str, decided: DataFrame, bounds: list[Bound], contract: Contract, numbers: BatchNumbers
) -> None:
    """
    `bounds`: in which the keys of all rows lie. Where a batch only adds rows an append does what a merge would, and does not read
    the table again.
    """
    inserted = numbers.outcomes["inserted"]
    changed = numbers.outcomes["updated"] + numbers.outcomes["deleted"] + numbers.deleted_by_absence + numbers.closed
    rows = decided.where(F.col(OUTCOME).isin("inserted", "updated", *([] if keeps_versions(contract) else ["deleted"]), ABSENT, CLOSED))
    tasks = tasks_for(inserted + changed)
    names = [name for name, _ in silver_columns(contract)] + list(added_columns(decided, contract))
    if changed == 0 or version_of(session, table) < 0:
        _append(session, table, rows.select(*map(_quoted, names)).coalesce(tasks), contract)
    else:
        adds = keeps_versions(contract) or inserted > 0
        _merge(session, table, rows, names, bounds, contract, adds=adds, tasks=tasks)


def _append(session: SparkSession, table: str, rows: DataFrame, contract: Contract) -> None:
    (
        rows.write.format("delta")
        .mode("append")
        .option("mergeSchema", "true")
        .option("delta.logRetentionDuration", LOG_RETENTION)
        .option("delta.enableChangeDataFeed", "true")
        .option("delta.enableDeletionVectors", _deletion_vectors(session))
        .partitionBy(*contract["partitioning"])
        .save(table)
    )


def _deletion_vectors(session: SparkSession) -> str:
    """
    So that a merge marks the rows it replaces and writes no file anew. Not where Delta leaves statistics unread, which it needs for that;
    nor with Spark 3.4: the MERGE of Delta 2, which comes with it, marks none.
    """
    return str(reads_statistics(session) and not session.version.startswith("3.4.")).lower()


def _merge(
    session: SparkSession,
    table: str,
    rows: DataFrame,
    names: list[str],
    bounds: list[Bound],
    contract: Contract,
    *,
    adds: bool,
    tasks: int,
) -> None:
    """
    A row to delete has its key alone; a version never is. `*` on both sides lets a column that the contract gained join the table.
    `adds`: whether a row may have a key that the table has not. `tasks`: that write the rows, each a file of its own.
    """
    identity = contract["key"] + ([SEQUENCE] if keeps_versions(contract) else [])
    lives = F.col(OUTCOME).isin("inserted", "updated") | F.lit(keeps_versions(contract))
    source = [_quoted(name) if name in identity else F.when(lives, _quoted(name)).alias(name) for name in names]
    large = is_large(snapshot_of(session, table))
    # The filter of the batch's keys does not see through it. Where there is one the merge moves the rows, and Spark joins their parts.
    parts = rows if adds and large else rows.coalesce(tasks)
    parts.select(*source).createOrReplaceTempView("_batch")
    session.conf.set("spark.databricks.delta.schema.autoMerge.enabled", "true")
    # The rows are the same whenever they are asked for: Bronze's batch and the table's version stand still, ties are broken to the end.
    session.conf.set("spark.databricks.delta.merge.materializeSource", "none")
    if large:
        session.conf.set(APPLIES_FROM, filtered_from(rows))
        for setting, value in {**OF_KEYS_ALONE, **(ALWAYS_MOVES if adds else {})}.items():
            session.conf.set(setting, value)
    matching = [f"t.`{name}` = s.`{name}`" for name in identity] + conditions(bounds, "t.")
    session.sql(
        f"MERGE INTO delta.`{table}` AS t USING _batch AS s ON {' AND '.join(matching)}"
        " WHEN MATCHED AND s._row_hash IS NULL THEN DELETE"
        f" WHEN MATCHED THEN UPDATE SET *{' WHEN NOT MATCHED AND s._row_hash IS NOT NULL THEN INSERT *' if adds else ''}"
    ).collect()


def filtered_from(rows: DataFrame) -> int:
    """
    More bytes than Spark reads of rows that are kept in memory. It filters the first of two sides that is large enough, and with the batch
    as one of them it would read all keys of the table to leave out nothing.
    """
    leaves = rows._jdf.queryExecution().optimizedPlan().collectLeaves()
    return 1 + max(int(leaves.apply(at).stats().sizeInBytes()) for at in range(leaves.size()))


def _quoted(name: str) -> Column:
    return F.col(f"`{name}`")
