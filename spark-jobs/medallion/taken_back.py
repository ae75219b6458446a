"""
Takes rows back that rules set aside: Bronze has them as they landed, and a batch of mode `release` has them again, under its own number.
From there they go the way of every row: the rules of today judge them, the source's own sequence orders them, each has one outcome.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as F

from medallion.failure import JobError
from medallion.quarantine import open_rows
from medallion.row_hash import layer_hash, layer_hash_parts
from medallion.run_plan import Batch, RunPlan

# By these a row is known in Bronze and in quarantine; equal rows of one object are told apart by their number only.
IDENTITY = ["_batch", "_object", "_row_hash"]


class TakenBack(NamedTuple):
    """Rows as Bronze has them, with their count and layer hash."""

    frame: DataFrame
    rows: int
    hash: str


def takes_back(manifest: dict[str, Any]) -> bool:
    return bool(manifest["mode"] == "release")


def taken_back(session: SparkSession, plan: RunPlan, batch: Batch, manifest: dict[str, Any]) -> TakenBack:
    """@throws BronzeIncomplete where quarantine has a row that Bronze does not."""
    bronze = session.read.format("delta").load(plan.table("bronze", batch.dataset)).where(F.col("_batch") < batch.seq)
    aside = to_take_back(session, plan, batch, manifest)
    if aside is None:
        nothing = bronze.limit(0)
        return TakenBack(nothing, *_measured(nothing))
    aside.persist()
    try:
        batches = [row["_batch"] for row in aside.select("_batch").distinct().collect()]
        equal = aside.groupBy(*IDENTITY).agg(F.count("*").alias("_equal"))
        place = F.row_number().over(Window.partitionBy(*IDENTITY).orderBy(F.lit(1)))
        candidates = bronze.where(F.col("_batch").isin(batches)).join(F.broadcast(equal), IDENTITY)
        rows = candidates.withColumn("_place", place).where("_place <= _equal").select(*bronze.columns)
        expected, found = _measured(aside), _measured(rows)
    finally:
        aside.unpersist()
    if expected != found:
        raise JobError(
            "BronzeIncomplete",
            batch.dataset,
            "the {} rows set aside, with hash {}, in Bronze".format(*expected),
            "{} rows with hash {}".format(*found),
            f"restore Bronze to a version that has them, or give the release up: npx etl run --dataset {batch.dataset} --abandon",
        )
    return TakenBack(rows, *found)


def to_take_back(session: SparkSession, plan: RunPlan, batch: Batch, manifest: dict[str, Any]) -> DataFrame | None:
    """The open rows of quarantine that the release is for: those of one rule, or all."""
    aside, rule = open_rows(session, plan, batch), manifest["bounds"]["upper"].get("rule")
    return aside if aside is None or rule is None else aside.where(F.col("rule") == rule)


def rows_taken_back(session: SparkSession, plan: RunPlan, batch: Batch, manifest: dict[str, Any]) -> DataFrame | None:
    """Those of them that Bronze has under the release: not what a replay of an earlier batch set aside since, by the rules of today."""
    aside = to_take_back(session, plan, batch, manifest)
    bronze = session.read.format("delta").load(plan.table("bronze", batch.dataset)).where(F.col("_batch") == batch.seq)
    return aside if aside is None else aside.join(bronze, ["_object", "_row_hash"], "left_semi")


def _measured(rows: DataFrame) -> tuple[int, str]:
    row = rows.agg(*layer_hash_parts("_row_hash")).collect()[0]
    return row["rows"], layer_hash(row["high"], row["low"])


def keys_set_aside(session: SparkSession, plan: RunPlan, batch: Batch, manifest: dict[str, Any]) -> DataFrame | None:
    """The keys, as text, of which a row is set aside and stays so: what Silver has of them is not the newest that the source told of."""
    rows = open_rows(session, plan, batch)
    if rows is None:
        return None
    back = rows_taken_back(session, plan, batch, manifest) if takes_back(manifest) else None
    if back is not None:
        rows = rows.join(back.select(*IDENTITY), IDENTITY, "left_anti")
    return rows.where(F.col("key").isNotNull()).select("key").distinct()
