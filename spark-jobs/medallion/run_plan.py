"""The run's plan and what lies around it: contracts, results of the layers, places in the lake (docs/reference/shapes.md)."""

from __future__ import annotations

from typing import Any, Dict, NamedTuple

from pyspark.sql import SparkSession

from medallion.lake_objects import read_json, read_text, write_json

Json = Dict[str, Any]


class RunPlan(NamedTuple):
    run: str
    lake: str
    results: str
    contracts: Json
    datasets: list[Json]

    def table(self, layer: str, name: str) -> str:
        return f"{self.lake}/{layer}/{name}"


class Batch(NamedTuple):
    """One dataset's batch in this run: the unit that a layer takes in one commit. `after`: the one that was committed before it."""

    dataset: str
    seq: int
    epoch: int
    after: int | None
    source: str
    landing: str
    manifest: str

    def app_id(self, layer: str) -> str:
        return f"{layer}.{self.dataset}/{self.epoch}"


def read_plan(session: SparkSession, address: str) -> RunPlan:
    plan = read_json(session, address)
    contracts = read_json(session, plan["contracts"])
    return RunPlan(plan["run"], plan["lake"], plan["results"], contracts, plan["datasets"])


def batches_after(session: SparkSession, plan: RunPlan, layer: str) -> list[Batch]:
    """The batches that are `ok` in the results of the layer before."""
    before = read_json(session, f"{plan.results}/{layer}.json")["datasets"]
    return [
        Batch(each["dataset"], each["seq"], each["epoch"], each["after"], each["source"], each["landing"], each["manifest"])
        for each in plan.datasets
        if before.get(each["dataset"], {}).get("status") == "ok"
    ]


def write_results(session: SparkSession, plan: RunPlan, layer: str, datasets: Json) -> None:
    write_json(session, f"{plan.results}/{layer}.json", {"layer": layer, "run": plan.run, "datasets": datasets})


def planned_gold(session: SparkSession, plan: RunPlan) -> Json | None:
    """`{n, epoch, plan}`; None when Gold is not this run's to build."""
    address = f"{plan.results}/plan-gold.json"
    return None if read_text(session, address) is None else read_json(session, address)
