"""One layer's job over all datasets of a run: those that the layer before took, each by itself; ends well unless the platform failed."""

from __future__ import annotations

from typing import Any, Callable, Dict

from pyspark.sql import SparkSession

from medallion.broken_rules import referred_to
from medallion.each_apart import each_apart
from medallion.run_plan import Batch, RunPlan, batches_after, read_plan, write_results

Load = Callable[[SparkSession, RunPlan, Batch], Dict[str, Any]]


def run_dataset_layer(layer: str, before: str, load: Load, plan_address: str) -> None:
    session = SparkSession.builder.getOrCreate()
    plan = read_plan(session, plan_address)
    batches = {batch.dataset: batch for batch in batches_after(session, plan, before)}
    results: dict[str, Any] = {}
    for names in _waves(list(batches), plan.contracts["datasets"]):
        results.update(each_apart(session, layer, names, lambda own, dataset: load(own, plan, batches[dataset])))
    write_results(session, plan, layer, results)


def _waves(datasets: list[str], contracts: dict[str, Any]) -> list[list[str]]:
    """A dataset comes after those that its rules refer to, so that their newest rows are known; of a circle all come together."""
    waves: list[list[str]] = []
    left = list(datasets)
    while left:
        wave = [name for name in left if not (referred_to(contracts[name]) - {name}) & set(left)] or left
        waves.append(wave)
        left = [name for name in left if name not in wave]
    return waves
