"""
Takes a Silver table, and the quarantine beside it, back to where they stood after a batch. The version is held against what its commits say
of its content first, so that a table is not taken back to rows that somebody altered.
"""

from __future__ import annotations

import sys
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from medallion.content_hash import CONTENT_HASH, content_hash
from medallion.delta_table import MAINTENANCE, commit_info, metadata_of, version_of
from medallion.failure import JobError
from medallion.quarantine import CLOSED_AS, CLOSED_BY
from medallion.restored_table import Restore, commit_of_restore, is_restored, take_back
from medallion.row_hash import EMPTY_HASH, layer_hash, layer_hash_parts
from medallion.run_plan import Batch, RunPlan
from medallion.table_content import content_told
from medallion.taken_back import takes_back


def restore_silver(session: SparkSession, plan: RunPlan, batch: Batch, restore: Restore) -> None:
    """@throws RestoreMismatch"""
    silver, quarantine = plan.table("silver", batch.dataset), plan.table("quarantine", batch.dataset)
    if not is_restored(session, silver, [batch.app_id("silver")]):
        _check_content(session, silver, batch, restore)
        take_back(session, silver, restore.version, batch, restore.after)
    if not is_restored(session, quarantine, [batch.app_id("quarantine"), batch.app_id("quarantine.closed")]):
        _restore_quarantine(session, silver, quarantine, batch, restore)


def check_replays(session: SparkSession, plan: RunPlan, batch: Batch, replayed: dict[Batch, dict[str, Any]]) -> None:
    """
    Before Silver is taken back: rows that Bronze has lost since would go without a word, as the receipt of a restore tells of none.
    `replayed`: the batches to take again, with their manifests; what one took back is known to Bronze alone. @throws BronzeIncomplete
    """
    landed = {each.seq: (manifest["rows"], manifest["hash"]) for each, manifest in replayed.items() if not takes_back(manifest)}
    bronze = session.read.format("delta").load(plan.table("bronze", batch.dataset)).where(F.col("_batch").isin(list(landed)))
    measured = bronze.groupBy("_batch").agg(*layer_hash_parts("_row_hash")).collect() if landed else []
    found = {row["_batch"]: (row["rows"], layer_hash(row["high"], row["low"])) for row in measured}
    for seq, (rows, rows_hash) in landed.items():
        rows_found, hash_found = found.get(seq, (0, EMPTY_HASH))
        if (rows_found, hash_found) != (rows, rows_hash):
            raise JobError(
                "BronzeIncomplete",
                batch.dataset,
                f"{rows} rows of batch {seq} with hash {rows_hash} in Bronze, as they landed",
                f"{rows_found} rows with hash {hash_found}",
                f"restore Silver to its newest version (npx etl restore --table silver.{batch.dataset} --to … --abandon), then Bronze",
            )


def set_aside_by(session: SparkSession, plan: RunPlan, batch: Batch, batches: list[int]) -> dict[str, int]:
    """How many rows the replays have set aside, batch by batch: their own receipts tell of the rules of their day."""
    rows = session.read.format("delta").load(plan.table("quarantine", batch.dataset)).where(F.col("_batch").isin(batches))
    counted = {row["_batch"]: row["count"] for row in rows.groupBy("_batch").count().collect()}
    return {str(seq): counted.get(seq, 0) for seq in batches}


def _check_content(session: SparkSession, table: str, batch: Batch, restore: Restore) -> None:
    told = content_told(session, table, restore.version)
    rows = session.read.format("delta").option("versionAsOf", restore.version).load(table)
    if told is None or CONTENT_HASH not in rows.columns:
        return
    wrong = F.count(F.when(~F.col(CONTENT_HASH).eqNullSafe(content_hash(rows.schema)), 1)).alias("wrong")
    found = rows.agg(*layer_hash_parts(CONTENT_HASH), wrong).collect()[0]
    said = {"rows": found["rows"], "hash": layer_hash(found["high"], found["low"])}
    if said == told.said() and found["wrong"] == 0:
        return
    raise JobError(
        "RestoreMismatch",
        batch.dataset,
        "{rows} rows with hash {hash} in version {version} of Silver".format(version=restore.version, **told.said()),
        "{rows} rows with hash {hash}, {wrong} of them with other values than their hash says".format(wrong=found["wrong"], **said),
        f"npx etl restore --table silver.{batch.dataset} shows the versions: take one from before it was altered, and --abandon",
    )


def _restore_quarantine(session: SparkSession, silver: str, quarantine: str, batch: Batch, restore: Restore) -> None:
    version = _version_beside(session, quarantine, restore.after, _left_at(session, silver, restore.version))
    if version is not None:
        take_back(session, quarantine, version, batch, restore.after)
        return
    with commit_of_restore(session, batch, restore.after):
        session.sql(f"DELETE FROM delta.`{quarantine}` WHERE _batch > {restore.after}").collect()
        later = f"{CLOSED_BY} > {restore.after}"
        session.sql(f"UPDATE delta.`{quarantine}` SET {CLOSED_BY} = NULL, {CLOSED_AS} = NULL WHERE {later}").collect()


def _left_at(session: SparkSession, silver: str, version: int) -> int:
    """
    When Silver went on from this version, to the next batch or back: what quarantine had by then is of the version. Milliseconds. A RESTORE
    to the newest version commits nothing, so that Silver may not have gone on yet.
    """
    later = (commit_info(session, silver, each) or {} for each in range(version + 1, version_of(session, silver) + 1))
    return next((int(info["timestamp"]) for info in later if "batch" in metadata_of(info)), sys.maxsize)


def _version_beside(session: SparkSession, table: str, batch: int, before: int) -> int | None:
    """
    The newest version of before this time that has nothing of later batches, with the maintenance since; None where every batch of the
    table came later, or the log no longer says: the table is taken back by what its rows say then.
    """
    maintained: int | None = None
    for version in range(version_of(session, table), -1, -1):
        info = commit_info(session, table, version)
        if info is None:
            return None
        metadata = metadata_of(info)
        if metadata.get("batch", batch + 1) <= batch and info["timestamp"] < before:
            return version if maintained is None else maintained
        if MAINTENANCE not in metadata:
            maintained = None
        elif maintained is None:
            maintained = version
    return None
