"""
`gold.data_as_of`: of each Gold table, which batch of each dataset it has reached, and whether a build is under way. Readers without time
travel tell by it a set of tables that agree from one in the middle of a run: nothing is being built, and each dataset has one batch.
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Dict

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from medallion.delta_table import commit_as, commit_metadata, committed_batch, version_of
from medallion.gold_build import GoldBuild
from medallion.gold_models import GoldModel
from medallion.gold_table import replace_all
from medallion.run_plan import RunPlan

DATA_AS_OF = "data_as_of"
WHERE = "table_name string, dataset string, batch bigint, run string, silver_version bigint"
SCHEMA = WHERE + ", data_as_of timestamp, build bigint, is_building boolean"

Row = Dict[str, Any]


def mark_building(session: SparkSession, plan: RunPlan) -> None:
    """Before the first model is written. A build that dies leaves the mark, truly: the tables may not agree then."""
    table = plan.table("gold", DATA_AS_OF)
    if version_of(session, table) >= 0:
        marked = session.read.format("delta").load(table).withColumn("is_building", F.lit(True))
        replace_all(table, session.createDataFrame(marked.collect(), SCHEMA), {"partitioning": []})


def write_as_of(session: SparkSession, plan: RunPlan, build: GoldBuild, models: dict[str, GoldModel], results: Row) -> Row:
    """After the last model. A model that is ok has all of the pinned inputs; of one that failed the rows stay as they were."""
    table = plan.table("gold", DATA_AS_OF)
    app_id = build.app_id(DATA_AS_OF)
    repeated = committed_batch(session, table, app_id, build.n) is not None
    good = [name for name in sorted(models) if results.get(name, {}).get("status") == "ok"]
    batches = {dataset: _batch_in(session, plan, dataset, version) for dataset, version in build.inputs.items()}
    rows = [_row(name, dataset, batches[dataset], build) for name in good for dataset in sorted(_silver_of(name, models))]
    rows += _earlier(session, table, set(models) - set(good))
    # A build that is repeated has marked the table once more, and Delta would pass over its second commit without a word.
    with commit_as(session, app_id, build.n, {"run": plan.run, "rows": len(rows)}, once=not repeated):
        replace_all(table, session.createDataFrame(rows, SCHEMA), {"partitioning": []})
    return {"version": version_of(session, table), "rows": len(rows), "alreadyCommitted": repeated}


def _row(name: str, dataset: str, batch: Row, build: GoldBuild) -> tuple[Any, ...]:
    return (name, dataset, batch["batch"], batch["run"], build.inputs[dataset], _time(batch["plannedAt"]), build.n, False)


def _silver_of(name: str, models: dict[str, GoldModel]) -> set[str]:
    """The datasets behind a table, through the Gold tables that it reads."""
    model = models[name]
    return set(model.silver).union(*[_silver_of(upstream, models) for upstream in model.gold & set(models)])


def _earlier(session: SparkSession, table: str, names: set[str]) -> list[tuple[Any, ...]]:
    if not names or version_of(session, table) < 0:
        return []
    rows = session.read.format("delta").load(table).where(F.col("table_name").isin(*names)).withColumn("is_building", F.lit(False))
    return [tuple(row) for row in rows.select(*[each.split()[0] for each in SCHEMA.split(", ")]).collect()]


def _batch_in(session: SparkSession, plan: RunPlan, dataset: str, version: int) -> Row:
    """The newest batch that a Silver version holds: maintenance may have made versions since."""
    for at in range(version, -1, -1):
        metadata = commit_metadata(session, plan.table("silver", dataset), at)
        if "batch" in metadata:
            return metadata
    return {"batch": None, "run": None, "plannedAt": None}


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
