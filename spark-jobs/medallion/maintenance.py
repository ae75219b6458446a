"""The job of the machine `maintain-lake`: each table of its plan by itself, since one that fails must stop no other."""

from __future__ import annotations

from typing import Any, Dict, NamedTuple

from pyspark.sql import SparkSession

from medallion.delta_table import only_maintained_since, version_of
from medallion.each_apart import each_apart
from medallion.lake_objects import read_json, write_json
from medallion.table_files import TableFiles, table_files
from medallion.table_maintenance import maintain_table

Json = Dict[str, Any]


class MaintenancePlan(NamedTuple):
    """`pinned`: the Silver version of each dataset that Gold reads next."""

    run: str
    lake: str
    results: str
    contracts: Json
    tables: list[str]
    pinned: dict[str, int]
    vacuum_hours: int


def run_maintenance(plan_address: str) -> None:
    session = SparkSession.builder.getOrCreate()
    said = read_json(session, plan_address)
    contracts = read_json(session, said["contracts"])
    plan = MaintenancePlan(said["run"], said["lake"], said["results"], contracts, said["tables"], said["pinned"], said["vacuumHours"])
    results = each_apart(session, "maintain", plan.tables, lambda own, table: _maintained(own, plan, table))
    write_json(session, f"{plan.results}/maintain.json", {"run": plan.run, "tables": results})


def _maintained(session: SparkSession, plan: MaintenancePlan, name: str) -> Json:
    """`name` is `silver.users`. A table that was never written is none to maintain."""
    layer, table = name.split(".")
    address = f"{plan.lake}/{layer}/{table}"
    if version_of(session, address) < 0:
        return {"version": -1}
    before = table_files(session, address, layer)
    maintain_table(session, address, before, z_order_of(plan.contracts, layer, table), plan.run, plan.vacuum_hours)
    after = table_files(session, address, layer)
    version = version_of(session, address)
    same_rows = _same_rows_as(session, address, plan.pinned.get(table)) if layer == "silver" else {}
    return dict({"version": version, "before": _counts(before), "after": _counts(after)}, **same_rows)


def z_order_of(contracts: Json, layer: str, table: str) -> list[str]:
    """By the contract: of Silver and Gold. Bronze and quarantine are read a batch at a time, which is a partition."""
    contract = contracts["datasets"].get(table) if layer == "silver" else contracts["gold"].get(table) if layer == "gold" else None
    columns: list[str] = (contract or {}).get("zOrder", [])
    return columns


def _same_rows_as(session: SparkSession, address: str, pinned: int | None) -> Json:
    """A later vacuum removes files of the pinned version: where the newest one has the same rows, they are to be read there from now on."""
    if pinned is None or not only_maintained_since(session, address, pinned):
        return {}
    return {"sameRowsAs": pinned}


def _counts(files: TableFiles) -> Json:
    return {"files": files.files, "smallFiles": files.small, "bytes": files.bytes}
