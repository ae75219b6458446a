"""
Builds one Gold model from pinned Silver, in one commit: the keys that the changes of its inputs touch, where its contract says how to find
them, else the whole. Either way the table is what a build of the whole would make of it.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, NamedTuple

from pyspark.sql import SparkSession

from medallion.delta_table import Committed, commit_as, committed_batch, last_commit, version_of, version_of_rows
from medallion.gold_changes import Input, Touched, touched_keys
from medallion.gold_models import GoldModel
from medallion.gold_rows import checked_count, made_rows, of_touched, show
from medallion.gold_table import differences, laid_in_order, replace_all, rows_found_by, write_differences
from medallion.pseudonyms import FUNCTION, Pseudonyms, read_pseudonyms
from medallion.run_plan import RunPlan

# What the results and the commit's metadata say of a build: rows of the table, rows that changed, whole or keys, and why the whole.
SAID = ("rows", "changed", "built", "why")


class GoldBuild(NamedTuple):
    """`n` in the order of builds; `inputs`: the Silver versions that it reads; `whole`: models to make whole, whatever has changed."""

    n: int
    epoch: int
    inputs: dict[str, int]
    whole: frozenset[str]

    def app_id(self, model: str) -> str:
        return f"gold.{model}/{self.epoch}"


def build_model(session: SparkSession, plan: RunPlan, build: GoldBuild, model: GoldModel) -> dict[str, Any]:
    table = plan.table("gold", model.name)
    app_id = build.app_id(model.name)
    done = committed_batch(session, table, app_id, build.n)
    if done:
        return dict({name: done.metadata[name] for name in SAID}, version=done.version, alreadyCommitted=True)
    last = last_commit(session, table, app_id)
    pseudonyms = read_pseudonyms(session) if FUNCTION in model.sql else None
    made_from = _made_from(session, plan, build, model, pseudonyms)
    if last and last.metadata["madeFrom"] == made_from and model.name not in build.whole:
        return {"version": last.version, "rows": last.metadata["rows"], "unchanged": True}
    inputs = _inputs(session, plan, build, model, last, made_from)
    show(session, inputs)
    if pseudonyms:
        pseudonyms.give_to(session)
    touched = _touched(session, build, model, inputs, last, made_from)
    rows = made_rows(session, model, inputs, touched).persist()
    try:
        count = checked_count(rows, model)
        said: dict[str, Any] = {"rows": count, "changed": count, "built": "whole" if touched.keys is None else "keys", "why": touched.why}
        found_by = rows_found_by(model.contract)
        made = {"run": plan.run, "madeFrom": made_from, "foundBy": found_by}
        if (
            last is None
            or (touched.keys is None and last.metadata.get("foundBy") != found_by)
            or _columns_differ(session, table, rows.dtypes)
        ):
            with commit_as(session, app_id, build.n, dict(said, **made)):
                replace_all(table, laid_in_order(rows, model.contract), model.contract)
        else:
            existing = session.read.format("delta").load(table)
            changes = differences(rows, of_touched(existing, touched), model.contract)
            counts = changes.counts
            said.update(rows=last.metadata["rows"] + counts["inserted"] - counts["gone"], changed=sum(counts.values()))
            kept = {} if said["changed"] else {"dataVersion": data_version(last)}
            with commit_as(session, app_id, build.n, dict(said, **made, **kept)):
                write_differences(session, table, changes, said["rows"])
    finally:
        rows.unpersist()
    return dict(said, version=version_of(session, table), alreadyCommitted=False)


def data_version(commit: Committed) -> int:
    """The version in which the table's rows last changed: builds that found nothing different have committed since."""
    return int(commit.metadata.get("dataVersion", commit.version))


def _made_from(session: SparkSession, plan: RunPlan, build: GoldBuild, model: GoldModel, pseudonyms: Pseudonyms | None) -> dict[str, Any]:
    """The same inputs, SQL, contract and key of pseudonyms make the same table: hashes under two keys lead to nobody."""
    key = [pseudonyms.fingerprint()] if pseudonyms else []
    definition = json.dumps([model.sql, model.contract, *key], sort_keys=True)
    gold = {name: last_commit(session, plan.table("gold", name), build.app_id(name)) for name in sorted(model.gold)}
    return {
        "silver": {name: version_of_rows(session, plan.table("silver", name), build.inputs[name]) for name in sorted(model.silver)},
        "gold": {name: data_version(commit) for name, commit in gold.items() if commit},
        "definition": hashlib.sha256(definition.encode()).hexdigest(),
    }


def _inputs(
    session: SparkSession, plan: RunPlan, build: GoldBuild, model: GoldModel, last: Committed | None, made_from: dict[str, Any]
) -> list[Input]:
    before: dict[str, Any] = last.metadata["madeFrom"] if last else {}
    inputs = []
    for layer in ("silver", "gold"):
        for name, version in made_from[layer].items():
            table = plan.table(layer, name)
            # Of Gold nobody else writes meanwhile. Older versions have the same rows, in files that maintenance may have removed.
            at = build.inputs[name] if layer == "silver" else version_of(session, table)
            inputs.append(Input(layer, name, table, before.get(layer, {}).get(name, -1), version, at))
    return inputs


def _touched(
    session: SparkSession, build: GoldBuild, model: GoldModel, inputs: list[Input], last: Committed | None, made_from: dict[str, Any]
) -> Touched:
    if last is None:
        return Touched(None, "it was never built")
    if model.name in build.whole:
        return Touched(None, "it was asked for")
    if last.metadata["madeFrom"]["definition"] != made_from["definition"]:
        return Touched(None, "its SQL, its contract or the key of its pseudonyms has changed")
    return touched_keys(session, inputs, model.contract)


def _columns_differ(session: SparkSession, table: str, columns: list[tuple[str, str]]) -> bool:
    return bool(session.read.format("delta").load(table).dtypes != columns)
