"""One layer's job over all datasets of a run: those that the layer before took, each by itself; ends well unless the platform failed."""

from __future__ import annotations

from typing import Any, Callable, Dict

from pyspark.sql import SparkSession

from medallion.delta_table import version_of
from medallion.each_apart import each_apart
from medallion.run_plan import Batch, RunPlan, batches_after, read_plan, write_results

Load = Callable[[SparkSession, RunPlan, Batch], Dict[str, Any]]


def run_dataset_layer(layer: str, before: str, load: Load, plan_address: str) -> None:
    session = SparkSession.builder.getOrCreate()
    plan = read_plan(session, plan_address)
    batches = {batch.dataset: batch for batch in batches_after(session, plan, before)}
    results = each_apart(session, layer, list(batches), lambda own, dataset: load(own, plan, batches[dataset]))
    write_results(session, plan, layer, results, _silver_versions(session, plan) if layer == "silver" else None)


def _silver_versions(session: SparkSession, plan: RunPlan) -> dict[str, int] | None:
    """Of every Silver table there is, of this run or not."""
    versions = {dataset: version_of(session, plan.table("silver", dataset)) for dataset in plan.contracts["datasets"]}
    return {dataset: version for dataset, version in versions.items() if version >= 0}
