"""Takes a landed batch into Bronze: proven to be what landing wrote, then appended in one commit. Rows of Bronze == rows landed."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion.delta_table import LOG_RETENTION, commit_as, committed_batch, version_of
from medallion.failure import JobError
from medallion.lake_objects import read_json
from medallion.landed_batch import address_of, landed_rows
from medallion.row_hash import EMPTY_HASH, layer_hash, layer_hash_parts, row_hash
from medallion.run_plan import Batch, RunPlan


def load_bronze(session: SparkSession, plan: RunPlan, batch: Batch) -> dict[str, Any]:
    table = plan.table("bronze", batch.dataset)
    app_id = batch.app_id("bronze")
    done = committed_batch(session, table, app_id, batch.seq)
    if done:
        return {"version": done.version, "rows": done.metadata["rows"], "hash": done.metadata["hash"], "alreadyCommitted": True}
    manifest = read_json(session, batch.manifest)
    rows = landed_rows(session, batch, manifest).withColumn("_row_hash", row_hash(manifest["columns"]))
    _check_landed(batch, manifest, rows)
    with commit_as(session, app_id, batch.seq, {"run": plan.run, "rows": manifest["rows"], "hash": manifest["hash"]}):
        (
            _with_origin(rows, plan, batch)
            .write.format("delta")
            .mode("append")
            .option("mergeSchema", "true")
            .option("delta.logRetentionDuration", LOG_RETENTION)
            .partitionBy("_batch")
            .save(table)
        )
    return {"version": version_of(session, table), "rows": manifest["rows"], "hash": manifest["hash"], "alreadyCommitted": False}


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
