"""The job of Gold: gathers which runs have ended, then builds every model whose inputs are there, from pinned Silver versions."""

from __future__ import annotations

from typing import Any

from pyspark.sql import SparkSession

from medallion.each_apart import each_apart
from medallion.gold_as_of import DATA_AS_OF, mark_building, write_as_of
from medallion.gold_build import GoldBuild, build_model
from medallion.gold_models import GoldModel, levels_of, read_models, with_readers
from medallion.lake_objects import read_json
from medallion.own_session import own_session
from medallion.run_log import RUN_LOG, gather_runs
from medallion.run_plan import RunPlan, planned_gold, read_plan, write_results


def run_gold_layer(plan_address: str) -> None:
    session = SparkSession.builder.getOrCreate()
    plan = read_plan(session, plan_address)
    planned = planned_gold(session, plan)
    results = {} if planned is None else _build(session, plan, planned)
    write_results(session, plan, "gold", results)


def _build(session: SparkSession, plan: RunPlan, planned: dict[str, Any]) -> dict[str, Any]:
    pinned = read_json(session, planned["plan"])
    inputs = {name: each["version"] for name, each in pinned["inputs"].items()}
    contracts = plan.contracts["gold"]
    models = read_models({name: contract for name, contract in contracts.items() if name not in (DATA_AS_OF, RUN_LOG)})
    build = GoldBuild(planned["n"], planned["epoch"], inputs, with_readers(models, set(pinned["whole"])))
    tells, logs = DATA_AS_OF in contracts, RUN_LOG in contracts
    if tells:
        mark_building(own_session(session), plan)
    results: dict[str, Any] = {}
    if logs:
        results.update(each_apart(session, "gold", [RUN_LOG], lambda own, name: gather_runs(own, plan, build, contracts[name])))
    for level in levels_of(models, set(inputs), set(results)):
        ready = [name for name in level if not _spoiled(models[name], results)]
        results.update({name: _upstream_failed(models[name], results) for name in level if name not in ready})
        results.update(each_apart(session, "gold", ready, lambda own, name: build_model(own, plan, build, models[name])))
    if tells:
        results.update(each_apart(session, "gold", [DATA_AS_OF], lambda own, _: write_as_of(own, plan, build, models, results)))
    return results


def _spoiled(model: GoldModel, results: dict[str, Any]) -> list[str]:
    return [name for name in sorted(model.gold) if results[name]["status"] == "failed"]


def _upstream_failed(model: GoldModel, results: dict[str, Any]) -> dict[str, Any]:
    cause = "{}: expected its inputs to be built; found {} failed. To mend it: mend those".format(
        model.name, ", ".join(_spoiled(model, results))
    )
    return {"status": "failed", "seconds": 0.0, "error": "UpstreamFailed", "cause": cause}
