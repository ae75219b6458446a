"""
Brings a Silver table that an earlier contract made to what the contract says now: columns under their new names, types that were changed,
versions where only the newest row was kept, other partitions, a content hash where there was none. One rewrite of the table, and only when
something differs; no value is lost by it.
"""

from __future__ import annotations

import json
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion.content_hash import CONTENT_HASH, content_hash
from medallion.delta_table import LOG_RETENTION, USER_METADATA, snapshot_of
from medallion.failure import JobError
from medallion.load_mode import is_snapshot, keeps_versions


def upgrade(session: SparkSession, table: str, contract: dict[str, Any]) -> None:
    """
    @raises TypeChangeLosesValues when a value of the table has no place in its column's new type, HistoryKept when it has versions that the
    contract no longer asks for.
    """
    snapshot = snapshot_of(session, table)
    if int(snapshot.version()) < 0:
        return
    rows = session.read.format("delta").load(table)
    _check_history(rows, contract)
    upgraded = _with_versions(_renamed(rows, contract), contract)
    types = dict(upgraded.dtypes)
    casts = {each["name"]: each["type"] for each in contract["columns"] if types.get(each["name"], each["type"]) != each["type"]}
    as_partitioned = list(snapshot.metadata().partitionSchema().fieldNames()) == contract["partitioning"]
    if not casts and upgraded.columns == rows.columns and CONTENT_HASH in rows.columns and as_partitioned:
        return
    _check_casts(upgraded, casts, contract)
    for name, type_ in casts.items():
        upgraded = upgraded.withColumn(name, F.col(f"`{name}`").cast(type_))
    upgraded = upgraded.withColumn(CONTENT_HASH, content_hash(upgraded.schema))
    session.conf.set(USER_METADATA, json.dumps({"upgradedTo": contract["version"]}))
    try:
        (
            upgraded.write.format("delta")
            .mode("overwrite")
            .option("overwriteSchema", "true")
            .option("delta.logRetentionDuration", LOG_RETENTION)
            .partitionBy(*contract["partitioning"])
            .save(table)
        )
    finally:
        session.conf.unset(USER_METADATA)


def _renamed(rows: DataFrame, contract: dict[str, Any]) -> DataFrame:
    for column in contract["columns"]:
        for alias in column.get("aliases", []):
            if alias in rows.columns and column["name"] not in rows.columns:
                rows = rows.withColumnRenamed(alias, column["name"])
    return rows


def _check_history(rows: DataFrame, contract: dict[str, Any]) -> None:
    if keeps_versions(contract) or "_ended_by" not in rows.columns:
        return
    raise JobError(
        "HistoryKept",
        contract["dataset"],
        "history: scd2, since the table keeps the versions of each key",
        "a contract without it, under which each would be a row of that key",
        "keep scd2 in the contract, or give the dataset another name",
    )


def _with_versions(rows: DataFrame, contract: dict[str, Any]) -> DataFrame:
    """What was kept until now is the first version of each key that is known."""
    if not keeps_versions(contract) or "is_current" in rows.columns:
        return rows
    begins = F.col("_ingested_at") if is_snapshot(contract) else F.expr("timestamp_micros(_sequence)")
    return (
        rows.withColumn("valid_from", begins)
        .withColumn("valid_to", F.lit(None).cast("timestamp"))
        .withColumn("is_current", F.lit(True))
        .withColumn("_ended_by", F.lit(None).cast("bigint"))
    )


def _check_casts(rows: DataFrame, casts: dict[str, str], contract: dict[str, Any]) -> None:
    """A value is kept when it is the same again after the way back."""
    if not casts:
        return
    types = dict(rows.dtypes)
    lost = []
    for name, type_ in casts.items():
        value = F.col(f"`{name}`")
        lost.append(F.count(F.when(~value.cast(type_).cast(types[name]).eqNullSafe(value), 1)).alias(name))
    counts = rows.agg(*lost).collect()[0].asDict()
    losing = {name: count for name, count in counts.items() if count}
    if losing:
        raise JobError(
            "TypeChangeLosesValues",
            contract["dataset"],
            "every value of the table to fit " + ", ".join(f"{name} {casts[name]}" for name in losing),
            ", ".join(f"{count} of {name} that do not" for name, count in losing.items()),
            "choose a type in the contract that holds them",
        )
