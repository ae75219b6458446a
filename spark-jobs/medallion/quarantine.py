"""
Sets rows aside: one row of quarantine for each raw row that broke a rule of action `quarantine`, under the first such rule.
A row set aside is open until a batch closes it: one that takes it back, sets it aside again, or by which the source has it no more.
"""

from __future__ import annotations

from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion.broken_rules import BROKEN, is_hashed
from medallion.contract_text import KEY_TEXT, LANDED
from medallion.delta_table import commit_as, last_batch, snapshot_of, version_of
from medallion.pseudonyms import Pseudonyms, read_pseudonyms
from medallion.row_outcomes import OUTCOME
from medallion.run_plan import Batch, RunPlan

# The batch that closed the row, and how: `taken back`, `read again`, or `gone` from the source.
CLOSED_BY, CLOSED_AS = "_closed_by", "_closed_as"


def set_aside(session: SparkSession, plan: RunPlan, batch: Batch, decided: DataFrame, count: int, contract: dict[str, Any]) -> None:
    """
    Before Silver's own commit, which is the one that ends the batch. A try that comes again may judge otherwise, by another contract or by
    newer rows that a rule refers to: what it sets aside replaces what the earlier one did.
    """
    table = plan.table("quarantine", batch.dataset)
    app_id = batch.app_id("quarantine")
    drop_given_up(session, plan, batch)
    again = last_batch(session, table, app_id) == batch.seq
    if count == 0 and not again and version_of(session, table) >= 0:
        return
    hashed = [each["name"] for each in contract["columns"] if is_hashed(each)]
    rows = quarantine_rows(decided)
    if count and hashed:
        rows = with_hashes(rows, hashed, read_pseudonyms(session))
    writer = rows.write.format("delta").partitionBy("_batch")
    writer = writer.mode("overwrite").option("replaceWhere", f"_batch = {batch.seq}") if again else writer.mode("append")
    with commit_as(session, app_id, batch.seq, {"run": plan.run, "rows": count}, once=not again):
        writer.save(table)


def drop_given_up(session: SparkSession, plan: RunPlan, batch: Batch) -> None:
    """What batches set aside that were given up before Silver had them: this batch, or one after it, reads it again."""
    table = plan.table("quarantine", batch.dataset)
    nothing_committed = batch.after is None and version_of(session, plan.table("silver", batch.dataset)) < 0
    committed = 0 if nothing_committed else batch.after
    if committed is None or committed >= batch.seq - 1 or version_of(session, table) < 0:
        return
    with commit_as(session, batch.app_id("quarantine"), batch.seq, {"run": plan.run}, once=False):
        session.sql(f"DELETE FROM delta.`{table}` WHERE _batch > {committed} AND _batch < {batch.seq}").collect()


def quarantine_rows(decided: DataFrame) -> DataFrame:
    """`raw` is the row as it landed, for a person to look at."""
    first = F.filter(BROKEN, lambda each: each["action"] == "quarantine")[0]
    return decided.where(F.col(OUTCOME) == "quarantined").select(
        "_batch",
        "_run",
        "_object",
        "_row_hash",
        "_ingested_at",
        F.col(KEY_TEXT).alias("key"),
        first["column"].alias("column"),
        first["rule"].alias("rule"),
        first["value"].alias("masked_value"),
        F.to_json(LANDED).alias("raw"),
        F.lit(None).cast("bigint").alias(CLOSED_BY),
        F.lit(None).cast("string").alias(CLOSED_AS),
    )


def with_hashes(rows: DataFrame, columns: list[str], pseudonyms: Pseudonyms) -> DataFrame:
    """The first digits of the keyed hash of a value of these columns. Every row given is hashed: give those set aside alone."""
    shown: Column = F.substring(pseudonyms.of(F.col("masked_value")), 1, 16)
    return rows.withColumn("masked_value", F.when(F.col("column").isin(columns), shown).otherwise(F.col("masked_value")))


def open_rows(session: SparkSession, plan: RunPlan, batch: Batch) -> DataFrame | None:
    """
    The rows that committed batches before this one set aside, and none before it has closed; None where the table has no row at all, which
    asks nothing of Spark. Those that this batch itself has closed are still open to it, when it is taken once more.
    """
    table = plan.table("quarantine", batch.dataset)
    snapshot = snapshot_of(session, table)
    if int(snapshot.version()) < 0 or int(snapshot.sizeInBytes()) == 0:
        return None
    rows = session.read.format("delta").option("versionAsOf", int(snapshot.version())).load(table)
    is_open = F.col(CLOSED_BY).isNull() | (F.col(CLOSED_BY) == batch.seq)
    newest = batch.seq - 1 if batch.after is None else min(batch.after, batch.seq - 1)
    return rows.where((F.col("_batch") <= newest) & is_open)
