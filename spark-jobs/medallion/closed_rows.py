"""
Closes rows of quarantine once Silver has the batch: those it took back, and those that the source has no more, since their key is gone,
the whole table was read again, or a later operation on the key was told of; and those that the batch itself has read again: set aside
again they are open once, under it, and where no rule refuses them any more Silver has them. What is open is what Silver still lacks.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion.compacted_records import key_texts
from medallion.contract_text import KEY_TEXT, joined_key, with_texts
from medallion.delta_table import commit_as
from medallion.landed_batch import has_keys, landed_keys
from medallion.load_mode import first_wins, has_operations, is_compacted
from medallion.quarantine import CLOSED_AS, CLOSED_BY, open_rows
from medallion.run_plan import Batch, RunPlan
from medallion.taken_back import IDENTITY, rows_taken_back, takes_back

TAKEN_BACK, GONE, READ_AGAIN = "taken back", "gone", "read again"


def close_rows(session: SparkSession, plan: RunPlan, batch: Batch, manifest: dict[str, Any], contract: dict[str, Any]) -> None:
    """After Silver's commit, so that a batch that is given up has closed nothing. Done again it finds nothing left to close."""
    closed, again = _closed(session, plan, batch, manifest, contract), _read_again(session, plan, batch)
    reasons = {TAKEN_BACK if takes_back(manifest) else GONE: closed, READ_AGAIN: again}
    frames = [rows.select(*IDENTITY, "rule", F.lit(how).alias("_how")) for how, rows in reasons.items() if rows is not None]
    if not frames:
        return
    # Of two reasons the one that says more, which is the last by the alphabet.
    rows = reduce(DataFrame.union, frames).groupBy(*IDENTITY, "rule").agg(F.max("_how").alias("_how")).localCheckpoint()
    if rows.isEmpty():
        return
    rows.createOrReplaceTempView("_closed")
    same = " AND ".join(f"t.{name} = s.{name}" for name in [*IDENTITY, "rule"])
    with commit_as(session, batch.app_id("quarantine.closed"), batch.seq, {"run": plan.run}):
        session.sql(
            f"MERGE INTO delta.`{plan.table('quarantine', batch.dataset)}` AS t USING _closed AS s ON {same}"
            f" WHEN MATCHED THEN UPDATE SET {CLOSED_BY} = {batch.seq}, {CLOSED_AS} = s._how"
        ).collect()


def _read_again(session: SparkSession, plan: RunPlan, batch: Batch) -> DataFrame | None:
    aside = open_rows(session, plan, batch)
    if aside is None:
        return None
    own = session.read.format("delta").load(plan.table("bronze", batch.dataset)).where(F.col("_batch") == batch.seq)
    # The few first: of a semi join Spark sends the right side alone to where the other lies, and the batch may be large.
    again = own.join(aside.select("_row_hash"), "_row_hash", "left_semi").select("_row_hash").distinct()
    return aside.join(again, "_row_hash", "left_semi")


def _closed(session: SparkSession, plan: RunPlan, batch: Batch, manifest: dict[str, Any], contract: dict[str, Any]) -> DataFrame | None:
    if takes_back(manifest):
        return rows_taken_back(session, plan, batch, manifest)
    tells_all = manifest["complete"] or has_keys(manifest)
    if first_wins(contract) or not (tells_all or has_operations(contract)):
        return None
    aside = open_rows(session, plan, batch)
    if aside is None or manifest["complete"]:
        return aside
    if has_operations(contract):
        return aside.join(_told_keys(session, plan, batch, contract), "key", "left_semi")
    columns = [each for each in contract["columns"] if each["name"] in contract["key"]]
    present = with_texts(landed_keys(session, batch, manifest, columns), dict(contract, columns=columns))
    return aside.join(present.select(F.col(KEY_TEXT).alias("key")), "key", "left_anti")


def _told_keys(session: SparkSession, plan: RunPlan, batch: Batch, contract: dict[str, Any]) -> DataFrame:
    """Those of the batch's operations that were not set aside: what an earlier batch set aside of them is older."""
    operations = session.read.format("delta").load(plan.table("bronze", batch.dataset)).where(F.col("_batch") == batch.seq)
    aside = session.read.format("delta").load(plan.table("quarantine", batch.dataset)).where(F.col("_batch") == batch.seq)
    good = operations.join(aside.select(*IDENTITY), IDENTITY, "left_anti")
    if is_compacted(contract):
        return good.select(joined_key(key_texts(contract).values()).alias("key")).distinct()
    columns = [each for each in contract["columns"] if each["name"] in contract["key"]]
    return with_texts(good, dict(contract, columns=columns)).select(F.col(KEY_TEXT).alias("key")).distinct()
