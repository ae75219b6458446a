"""Takes a batch from Bronze into Silver: typed, judged by its rules, the winning row of each key merged in one commit."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, Dict

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion.absent_keys import present_keys
from medallion.avro_documents import documents_of, with_documents
from medallion.batch_numbers import SAID, BatchNumbers, batch_numbers
from medallion.broken_rules import referred_to, with_broken_rules
from medallion.closed_rows import close_rows
from medallion.compacted_records import with_operations
from medallion.contract_text import PREFIX, with_texts
from medallion.decided_content import with_content
from medallion.delta_table import check_batch_before, commit_as, committed_batch, last_commit, reads_statistics, snapshot_of, version_of
from medallion.failure import JobError
from medallion.few_rows import FEW, is_large, rows_of_keys, tasks_for, to_all_executors
from medallion.kept_values import with_kept_values
from medallion.key_bounds import Bound, has_many_files, key_bounds, within
from medallion.lake_objects import read_json
from medallion.load_mode import has_records, keeps_versions, row_key
from medallion.quality_scores import check_scores
from medallion.quarantine import set_aside
from medallion.restored_silver import check_replays, restore_silver, set_aside_by
from medallion.restored_table import Restore, is_restore, numbered, replays, restore_of
from medallion.row_order import RowOrder, older_before, row_order
from medallion.row_outcomes import absent_rows, with_outcomes
from medallion.run_plan import Batch, RunPlan
from medallion.silver_table import current_rows, silver_rows, write_silver
from medallion.spread_records import spread_records
from medallion.table_content import content_before
from medallion.table_upgrade import upgrade
from medallion.taken_back import keys_set_aside, takes_back
from medallion.typed_rows import SEQUENCE, SEQUENCE_PARTITION, with_types
from medallion.versions import check_positions, with_versions

Contract = Dict[str, Any]


def load_silver(session: SparkSession, plan: RunPlan, batch: Batch) -> dict[str, Any]:
    contract = plan.contracts["datasets"][batch.dataset]
    table = plan.table("silver", batch.dataset)
    app_id = batch.app_id("silver")
    manifest = read_json(session, batch.manifest)
    restore = restore_of(manifest, "silver")
    done = committed_batch(session, table, app_id, batch.seq)
    if done:
        close_rows(session, plan, batch, manifest, contract)
        numbers = {name: done.metadata[name] for name in SAID}
        taken = dict(numbers, version=done.version, alreadyCommitted=True)
    else:
        if not is_restore(manifest):
            check_batch_before(session, table, app_id, batch.after)
        if restore:
            _restore(session, plan, batch, restore, contract)
        taken = _take(session, plan, batch, manifest, contract)
    # Counted for the try that comes after the commit, too: the receipt says it, whichever try stores it.
    return dict(taken, setAside=set_aside_by(session, plan, batch, restore.replay)) if restore else taken


def _restore(session: SparkSession, plan: RunPlan, batch: Batch, restore: Restore, contract: Contract) -> None:
    table, app_id = plan.table("silver", batch.dataset), batch.app_id("silver")
    check_replays(session, plan, batch, dict(replays(session, table, app_id, batch, restore)))
    restore_silver(session, plan, batch, restore)
    last = last_commit(session, table, app_id)
    if last:
        # The try that took it may have died before it closed rows.
        replayed = numbered(batch, last.metadata["batch"])
        close_rows(session, plan, replayed, read_json(session, replayed.manifest), contract)
    for earlier, its_manifest in replays(session, table, app_id, batch, restore):
        _take(session, plan, earlier, its_manifest, contract, judged_before=True)


def _take(
    session: SparkSession, plan: RunPlan, batch: Batch, manifest: dict[str, Any], contract: Contract, judged_before: bool = False
) -> dict[str, Any]:
    """`judged_before`: whether so many poor or deleted rows may be was decided when the batch was taken first."""
    table = plan.table("silver", batch.dataset)
    app_id = batch.app_id("silver")
    planned_at = micros(manifest["plannedAt"])
    is_first = version_of(session, table) < 0
    upgrade(session, table, contract)
    silver = silver_rows(session, table, contract)
    bronze = session.read.format("delta").load(plan.table("bronze", batch.dataset)).where(F.col("_batch") == batch.seq)
    few = is_few(manifest)
    bronze = bronze.coalesce(1) if is_one_task(manifest) else bronze
    documents = documents_of(session, bronze, contract, batch.landing)
    if has_records(contract):
        bronze = with_operations(with_documents(spread_records(bronze, manifest["rows"]), documents), contract)
    current = current_rows(silver, contract)
    texts = with_kept_values(with_texts(bronze, contract), current, lambda: keys_set_aside(session, plan, batch, manifest), contract, few)
    typed = with_types(texts, contract)
    order = row_order(session, table, batch, manifest, contract)
    check_positions(typed, silver, order, contract)
    rows = judged(typed, contract, current, referenced(session, plan, contract), few)
    present = present_keys(session, batch, manifest, typed, contract)
    bounds, concerned = rows_concerned(session, table, silver, typed, manifest, contract) if present is None else ([], silver)
    decided = decide(rows, concerned, present, batch, manifest, order, contract).persist()
    try:
        before = content_before(session, table, silver, anew=is_restore(manifest))
        counted = batch_numbers(decided, contract, planned_at, is_first, before)
        check_rules(contract, counted)
        if not judged_before:
            if not takes_back(manifest):
                check_scores(contract, counted.quality)
            check_deletions(contract, counted, current)
        set_aside(session, plan, batch, decided, counted.outcomes["quarantined"], contract)
        said = dict(counted.said(), run=plan.run, plannedAt=manifest["plannedAt"], order=order.said())
        with commit_as(session, app_id, batch.seq, said):
            write_silver(session, table, decided, bounds, contract, counted)
    finally:
        decided.unpersist()
    close_rows(session, plan, batch, manifest, contract)
    return dict(counted.said(), version=version_of(session, table), alreadyCommitted=False)


def referenced(session: SparkSession, plan: RunPlan, contract: Contract) -> dict[str, DataFrame]:
    """The current rows of the datasets that rules refer to, as far as they were ever loaded."""
    tables = {name: plan.table("silver", name) for name in sorted(referred_to(contract))}
    loaded = {name: table for name, table in tables.items() if version_of(session, table) >= 0}
    contracts = plan.contracts["datasets"]
    return {name: current_rows(silver_rows(session, table, contracts[name]), contracts[name]) for name, table in loaded.items()}


def is_few(manifest: dict[str, Any]) -> bool:
    """How many rows a batch takes back is not known before they are."""
    return bool(manifest["rows"] <= FEW) and not takes_back(manifest)


def is_one_task(manifest: dict[str, Any]) -> bool:
    return is_few(manifest) and tasks_for(manifest["rows"]) == 1


def rows_concerned(
    session: SparkSession, table: str, silver: DataFrame, typed: DataFrame, manifest: dict[str, Any], contract: Contract
) -> tuple[list[Bound], DataFrame]:
    """
    The bounds of the batch's keys, and the rows of Silver that have one of these keys, or may have where the batch is large. Of a small
    table no bounds and all rows. Hashes lie anywhere: records without a key are looked for where their offsets are, and not at all where
    the batch goes on from the offsets that were committed, since none of them can be there.
    """
    if not contract["key"] and manifest["mode"] == "incremental":
        return [], silver.limit(0)
    key, snapshot = row_key(contract), snapshot_of(session, table)
    if not is_large(snapshot):
        return [], silver
    placed_by = contract["key"] or [SEQUENCE_PARTITION, SEQUENCE]
    bounds = key_bounds(typed, placed_by) if reads_statistics(session) and has_many_files(snapshot) else []
    near = within(silver, bounds)
    if not is_few(manifest):
        return bounds, near
    # A batch in one task stays there: what it is joined with comes to it. Of a table that keeps versions a key may have any number of rows.
    concerned = rows_of_keys(near, typed.select(*key), few=True)
    return bounds, to_all_executors(concerned, is_one_task(manifest) and not keeps_versions(contract))


def judged(typed: DataFrame, contract: Contract, silver: DataFrame, others: dict[str, DataFrame], few: bool) -> DataFrame:
    """The batch's rows with the rules that each breaks."""
    rows = with_broken_rules(typed, contract, silver, others, few)
    return rows.drop(*[name for name in rows.columns if name.startswith(PREFIX)])


def decide(
    rows: DataFrame,
    silver: DataFrame,
    present: DataFrame | None,
    batch: Batch,
    manifest: dict[str, Any],
    order: RowOrder,
    contract: Contract,
) -> DataFrame:
    """Each row of the batch with its outcome, and the rows of Silver that change with it: absent from the present keys, or closed."""
    absent = None if present is None else absent_rows(current_rows(silver, contract), present, contract["key"])
    if keeps_versions(contract):
        decided = with_versions(rows, silver, absent, batch, micros(manifest["plannedAt"]), contract)
    else:
        decided = with_outcomes(rows, silver, contract, older_before(order, manifest, contract))
        decided = decided if absent is None else decided.unionByName(absent, allowMissingColumns=True)
    return with_content(decided, silver, contract)


def micros(time: str) -> int:
    """Of an ISO 8601 time in UTC, since the epoch."""
    return round(datetime.strptime(time, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc).timestamp() * 1_000_000)


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
