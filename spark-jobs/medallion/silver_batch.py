"""Takes a batch from Bronze into Silver: typed, judged by its rules, the winning row of each key merged in one commit."""

from __future__ import annotations

from typing import Any, Dict

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion.absent_keys import present_keys
from medallion.batch_numbers import BatchNumbers, batch_numbers
from medallion.broken_rules import all_rules, with_broken_rules
from medallion.contract_text import PREFIX, with_texts
from medallion.delta_table import commit_as, committed_batch, version_of
from medallion.failure import JobError
from medallion.lake_objects import read_json
from medallion.quarantine import set_aside
from medallion.row_outcomes import absent_rows, with_outcomes
from medallion.run_plan import Batch, RunPlan
from medallion.silver_table import silver_rows, write_silver
from medallion.typed_rows import with_types

Contract = Dict[str, Any]


def load_silver(session: SparkSession, plan: RunPlan, batch: Batch) -> dict[str, Any]:
    contract = plan.contracts["datasets"][batch.dataset]
    table = plan.table("silver", batch.dataset)
    app_id = batch.app_id("silver")
    done = committed_batch(session, table, app_id, batch.seq)
    if done:
        numbers = {name: done.metadata[name] for name in ("rows", "hash", "outcomes", "deletedByAbsence", "rules")}
        return dict(numbers, version=done.version, alreadyCommitted=True)
    silver = silver_rows(session, table, contract)
    rows = judged(session.read.format("delta").load(plan.table("bronze", batch.dataset)).where(F.col("_batch") == batch.seq), contract)
    present = present_keys(session, batch, read_json(session, batch.manifest), rows, contract)
    decided = decide(rows, silver, present, contract).persist()
    try:
        counted = batch_numbers(decided, [rule["id"] for rule in all_rules(contract)])
        check_rules(contract, counted)
        check_deletions(contract, counted, silver)
        set_aside(session, plan, batch, decided, counted.outcomes["quarantined"])
        with commit_as(session, app_id, batch.seq, dict(counted.said(), run=plan.run)):
            write_silver(session, table, decided, contract, counted)
    finally:
        decided.unpersist()
    return dict(counted.said(), version=version_of(session, table), alreadyCommitted=False)


def judged(bronze: DataFrame, contract: Contract) -> DataFrame:
    """Bronze's rows with typed columns and the rules that each breaks."""
    rows = with_broken_rules(with_types(with_texts(bronze, contract), contract), contract)
    return rows.drop(*[name for name in rows.columns if name.startswith(PREFIX)])


def decide(rows: DataFrame, silver: DataFrame, present: DataFrame | None, contract: Contract) -> DataFrame:
    """Each row of the batch with its outcome and, where the present keys are known, the rows of Silver that are absent from them."""
    decided = with_outcomes(rows, silver, contract)
    if present is None:
        return decided
    return decided.unionByName(absent_rows(silver, present, contract["key"]), allowMissingColumns=True)


def check_rules(contract: Contract, counted: BatchNumbers) -> None:
    failing = {rule["id"] for rule in contract["rules"] if rule["action"] == "fail"} & set(counted.rules)
    if failing:
        raise JobError(
            "RuleFailed",
            contract["dataset"],
            "no row that breaks {}, whose action is fail".format(", ".join(sorted(failing))),
            ", ".join(f"{counted.rules[rule]} rows break {rule}" for rule in sorted(failing)),
            "set the rule to quarantine or warn in the contract and start the pipeline again, or mend the rows at the source and give the"
            " batch up: npx etl run --dataset {} --abandon; nothing of it is in Silver".format(contract["dataset"]),
        )


def check_deletions(contract: Contract, counted: BatchNumbers, silver: DataFrame) -> None:
    """So many keys gone at once are taken for a mistake of the source until somebody says otherwise."""
    if counted.deleted_by_absence == 0:
        return
    share, rows = contract["load"]["maxDeleteShare"], silver.count()
    if counted.deleted_by_absence > share * rows:
        raise JobError(
            "MassDeletion",
            contract["dataset"],
            f"at most {share:.0%} of the {rows} rows of Silver to be gone from the source",
            f"{counted.deleted_by_absence} gone",
            "look at the source; if the rows are meant to be gone, raise maxDeleteShare in the contract and start the pipeline"
            " again; if they are back by now, give the batch up: npx etl run --dataset {} --abandon".format(contract["dataset"]),
        )
