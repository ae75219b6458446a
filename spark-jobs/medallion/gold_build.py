"""Builds one Gold model from pinned Silver: checked against its contract, then put in place of the table in one commit."""

from __future__ import annotations

import hashlib
import json
from typing import Any, NamedTuple

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion.delta_table import LOG_RETENTION, commit_as, commit_metadata, committed_batch, version_of
from medallion.failure import JobError
from medallion.gold_models import GoldModel, sql_over_views, view_of
from medallion.run_plan import RunPlan


class GoldBuild(NamedTuple):
    """`n` in the order of builds; `inputs`: the Silver versions that it reads."""

    n: int
    epoch: int
    inputs: dict[str, int]


def build_model(session: SparkSession, plan: RunPlan, build: GoldBuild, model: GoldModel) -> dict[str, Any]:
    table = plan.table("gold", model.name)
    app_id = f"gold.{model.name}/{build.epoch}"
    done = committed_batch(session, table, app_id, build.n)
    if done:
        return {"version": done.version, "rows": done.metadata["rows"], "alreadyCommitted": True}
    version = version_of(session, table)
    made_from = _made_from(session, plan, build, model)
    last = commit_metadata(session, table, version) if version >= 0 else {}
    if last.get("madeFrom") == made_from:
        return {"version": version, "rows": last["rows"], "unchanged": True}
    rows = _rows(session, plan, build, model).persist()
    try:
        count = _checked_count(rows, model)
        with commit_as(session, app_id, build.n, {"run": plan.run, "rows": count, "madeFrom": made_from}):
            _replace(table, rows, model)
    finally:
        rows.unpersist()
    return {"version": version_of(session, table), "rows": count, "alreadyCommitted": False}


def _made_from(session: SparkSession, plan: RunPlan, build: GoldBuild, model: GoldModel) -> dict[str, Any]:
    """The same inputs, SQL and contract make the same table."""
    definition = json.dumps([model.sql, model.contract], sort_keys=True)
    return {
        "silver": {name: build.inputs[name] for name in sorted(model.silver)},
        "gold": {name: version_of(session, plan.table("gold", name)) for name in sorted(model.gold)},
        "definition": hashlib.sha256(definition.encode()).hexdigest(),
    }


def _rows(session: SparkSession, plan: RunPlan, build: GoldBuild, model: GoldModel) -> DataFrame:
    """In the columns, types and order of the contract."""
    for name in model.silver:
        pinned = session.read.format("delta").option("versionAsOf", build.inputs[name]).load(plan.table("silver", name))
        pinned.createOrReplaceTempView(view_of("silver", name))
    for name in model.gold:
        session.read.format("delta").load(plan.table("gold", name)).createOrReplaceTempView(view_of("gold", name))
    made = session.sql(sql_over_views(model))
    missing = [each["name"] for each in model.contract["columns"] if each["name"] not in made.columns]
    if missing:
        raise JobError(
            "ColumnMissing",
            model.name,
            "the columns of the contract",
            "no {} in the SQL's answer".format(", ".join(missing)),
            f"select it in medallion/gold/{model.name}.sql, or take it out of contracts/gold/{model.name}.yaml",
        )
    return made.select(*[F.col(each["name"]).cast(each["type"]).alias(each["name"]) for each in model.contract["columns"]])


def _checked_count(rows: DataFrame, model: GoldModel) -> int:
    """One row for each value of the grain, and no null where the contract requires a value."""
    grain: list[str] = model.contract["grain"]
    required = [each["name"] for each in model.contract["columns"] if each["required"]]
    nulls = [F.count(F.when(F.col(name).isNull(), 1)).alias("null " + name) for name in required]
    found = rows.agg(F.count(F.lit(1)).alias("rows"), F.countDistinct(F.struct(*grain)).alias("grains"), *nulls).collect()[0].asDict()
    if grain and found["grains"] != found["rows"]:
        remedy = f"look for a join that multiplies rows in medallion/gold/{model.name}.sql"
        raise JobError(
            "GrainBroken", model.name, "one row a {}".format(", ".join(grain)), "{rows} rows of {grains}".format(**found), remedy
        )
    empty = ["{} nulls in {}".format(found["null " + name], name) for name in required if found["null " + name]]
    if empty:
        raise JobError(
            "RequiredMissing",
            model.name,
            "a value in each required column",
            ", ".join(empty),
            f"see where they come from in medallion/gold/{model.name}.sql",
        )
    return int(found["rows"])


def _replace(table: str, rows: DataFrame, model: GoldModel) -> None:
    """Readers that know only reader version 1 read Gold: deletion vectors, which would raise it, stay off."""
    (
        rows.write.format("delta")
        .mode("overwrite")
        .option("overwriteSchema", "true")
        .option("delta.logRetentionDuration", LOG_RETENTION)
        .option("delta.enableDeletionVectors", "false")
        .partitionBy(*model.contract["partitioning"])
        .save(table)
    )
