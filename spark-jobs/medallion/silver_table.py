"""The Silver table: its columns, its rows as they stand, and the one commit by which a batch goes in."""

from __future__ import annotations

from typing import Any, Dict

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion.batch_numbers import BatchNumbers
from medallion.delta_table import LOG_RETENTION, version_of
from medallion.row_outcomes import ABSENT, OUTCOME

Contract = Dict[str, Any]

METADATA = [
    ("_batch", "bigint"),
    ("_run", "string"),
    ("_source", "string"),
    ("_object", "string"),
    ("_ingested_at", "timestamp"),
    ("_row_hash", "string"),
    ("_sequence", "bigint"),
]
KAFKA_METADATA = [("_sequence_partition", "int")]


def silver_columns(contract: Contract) -> list[tuple[str, str]]:
    columns = [(each["name"], each["type"]) for each in contract["columns"]]
    return columns + METADATA + (KAFKA_METADATA if contract["source"] == "kafka" else [])


def silver_rows(session: SparkSession, table: str, contract: Contract) -> DataFrame:
    """
    Empty when there is no table yet. At a pinned version: rows that are kept in memory and depend on the table's newest version
    would be computed again after the merge.
    """
    version = version_of(session, table)
    if version >= 0:
        return session.read.format("delta").option("versionAsOf", version).load(table)
    return session.range(0).selectExpr(*[f"CAST(NULL AS {type_}) AS `{name}`" for name, type_ in silver_columns(contract)])


def write_silver(session: SparkSession, table: str, decided: DataFrame, contract: Contract, numbers: BatchNumbers) -> None:
    """Where a batch only adds rows an append does what a merge would, and does not read the table again."""
    changed = numbers.outcomes["updated"] + numbers.outcomes["deleted"] + numbers.deleted_by_absence
    if changed == 0:
        _append(table, decided.where(F.col(OUTCOME) == "inserted"), contract)
    else:
        _merge(session, table, decided.where(F.col(OUTCOME).isin("inserted", "updated", "deleted", ABSENT)), contract)


def _append(table: str, rows: DataFrame, contract: Contract) -> None:
    (
        rows.select(*[name for name, _ in silver_columns(contract)])
        .write.format("delta")
        .mode("append")
        .option("mergeSchema", "true")
        .option("delta.logRetentionDuration", LOG_RETENTION)
        .option("delta.enableChangeDataFeed", "true")
        .partitionBy(*contract["partitioning"])
        .save(table)
    )


def _merge(session: SparkSession, table: str, rows: DataFrame, contract: Contract) -> None:
    """A row to delete has its key alone. `*` on both sides lets a column that the contract gained join the table."""
    names = [name for name, _ in silver_columns(contract)]
    lives = F.col(OUTCOME).isin("inserted", "updated")
    rows.select(
        *[F.col(name) if name in contract["key"] else F.when(lives, F.col(name)).alias(name) for name in names]
    ).createOrReplaceTempView("_batch")
    session.conf.set("spark.databricks.delta.schema.autoMerge.enabled", "true")
    # The rows are the same whenever they are asked for: Bronze's batch and the table's version stand still, ties are broken to the end.
    session.conf.set("spark.databricks.delta.merge.materializeSource", "none")
    same_key = " AND ".join(f"t.`{name}` = s.`{name}`" for name in contract["key"])
    session.sql(
        f"MERGE INTO delta.`{table}` AS t USING _batch AS s ON {same_key}"
        " WHEN MATCHED AND s._row_hash IS NULL THEN DELETE"
        " WHEN MATCHED THEN UPDATE SET *"
        " WHEN NOT MATCHED AND s._row_hash IS NOT NULL THEN INSERT *"
    ).collect()
