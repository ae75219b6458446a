"""
Takes a batch into Bronze in one commit: rows that landed, proven to be what landing wrote, or rows that an earlier batch set aside.
Rows of Bronze == rows landed + rows taken back.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion.delta_table import LOG_RETENTION, check_batch_before, commit_as, committed_batch, version_of
from medallion.failure import JobError
from medallion.lake_objects import read_json
from medallion.landed_batch import address_of, landed_rows
from medallion.restored_table import Restore, is_restore, is_restored, replays, restore_of, take_back
from medallion.row_hash import EMPTY_HASH, layer_hash, layer_hash_parts, row_hash
from medallion.run_plan import Batch, RunPlan
from medallion.taken_back import taken_back, takes_back

# What the results and the commit's metadata say of a batch.
SAID = ("rows", "hash", "takenBack")
_ORIGIN = ("_batch", "_run", "_source", "_ingested_at")


def load_bronze(session: SparkSession, plan: RunPlan, batch: Batch) -> dict[str, Any]:
    table = plan.table("bronze", batch.dataset)
    app_id = batch.app_id("bronze")
    done = committed_batch(session, table, app_id, batch.seq)
    if done:
        return dict({name: done.metadata[name] for name in SAID if name in done.metadata}, version=done.version, alreadyCommitted=True)
    manifest = read_json(session, batch.manifest)
    restore = restore_of(manifest, "bronze")
    if not is_restore(manifest):
        check_batch_before(session, table, app_id, batch.after)
    if restore:
        _restore(session, plan, batch, restore)
    return _take(session, plan, batch, manifest)


def _restore(session: SparkSession, plan: RunPlan, batch: Batch, restore: Restore) -> None:
    table, app_id = plan.table("bronze", batch.dataset), batch.app_id("bronze")
    if not is_restored(session, table, [app_id]):
        take_back(session, table, restore.version, batch, restore.after)
    for earlier, manifest in replays(session, table, app_id, batch, restore):
        _take(session, plan, earlier, manifest)


def _take(session: SparkSession, plan: RunPlan, batch: Batch, manifest: dict[str, Any]) -> dict[str, Any]:
    table = plan.table("bronze", batch.dataset)
    rows, said = _rows(session, plan, batch, manifest)
    with commit_as(session, batch.app_id("bronze"), batch.seq, dict(said, run=plan.run)):
        (
            _with_origin(rows, plan, batch)
            .write.format("delta")
            .mode("append")
            .option("mergeSchema", "true")
            .option("delta.logRetentionDuration", LOG_RETENTION)
            .partitionBy("_batch")
            .save(table)
        )
    return dict(said, version=version_of(session, table), alreadyCommitted=False)


def _rows(session: SparkSession, plan: RunPlan, batch: Batch, manifest: dict[str, Any]) -> tuple[DataFrame, dict[str, Any]]:
    if takes_back(manifest):
        return _taken_back(session, plan, batch, manifest)
    if is_restore(manifest):
        nothing = session.read.format("delta").load(plan.table("bronze", batch.dataset)).limit(0)
        return nothing.drop(*_ORIGIN), {"rows": 0, "hash": EMPTY_HASH}
    return _landed(session, batch, manifest)


def _landed(session: SparkSession, batch: Batch, manifest: dict[str, Any]) -> tuple[DataFrame, dict[str, Any]]:
    rows = landed_rows(session, batch, manifest).withColumn("_row_hash", row_hash(manifest["columns"]))
    _check_landed(batch, manifest, rows)
    return rows, {"rows": manifest["rows"], "hash": manifest["hash"]}


def _taken_back(session: SparkSession, plan: RunPlan, batch: Batch, manifest: dict[str, Any]) -> tuple[DataFrame, dict[str, Any]]:
    """Where a row lay is kept: its object says which batch landed it."""
    back = taken_back(session, plan, batch, manifest)
    counted = {"rows": back.rows, "hash": back.hash}
    return back.frame.drop(*_ORIGIN), dict(counted, takenBack=counted)


def _with_origin(rows: DataFrame, plan: RunPlan, batch: Batch) -> DataFrame:
    landed = [name for name in rows.columns if name not in ("_object", "_row_hash")]
    return rows.select(
        *["`{}`".format(name.replace("`", "``")) for name in landed],
        F.lit(batch.seq).cast("bigint").alias("_batch"),
        F.lit(plan.run).alias("_run"),
        F.lit(batch.source).alias("_source"),
        "_object",
        F.current_timestamp().alias("_ingested_at"),
        "_row_hash",
    )


def _check_landed(batch: Batch, manifest: dict[str, Any], rows: DataFrame) -> None:
    """By content and not by count: each object's rows and hash are those that landing wrote down."""
    measured = rows.groupBy("_object").agg(*layer_hash_parts("_row_hash")).collect()
    found = {unquote(each["_object"]): (each["rows"], layer_hash(each["high"], each["low"])) for each in measured}
    for landed in (each for each in manifest["objects"] if each["role"] == "rows"):
        address = address_of(batch, landed)
        rows_found, hash_found = found.get(address, (0, EMPTY_HASH))
        if (rows_found, hash_found) != (landed["rows"], landed["hash"]):
            raise JobError(
                "ManifestMismatch",
                batch.dataset,
                "{} rows with hash {} in {}".format(landed["rows"], landed["hash"], address),
                f"{rows_found} rows with hash {hash_found}",
                "find out who wrote in the landing bucket beside the pipeline; the versions of the object are kept for 7 days",
            )
