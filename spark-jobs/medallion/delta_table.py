"""Commits to a Delta table exactly once a batch, and finds again what an earlier try committed."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import Any, Iterator, NamedTuple

from pyspark.sql import SparkSession

from medallion.failure import JobError
from medallion.jvm import jvm_of
from medallion.lake_objects import read_text

TXN_APP_ID = "spark.databricks.delta.write.txnAppId"
TXN_VERSION = "spark.databricks.delta.write.txnVersion"
# Longer than the 14 days in which a run may be resumed and look for its batch in the history.
LOG_RETENTION = "interval 30 days"
USER_METADATA = "spark.databricks.delta.commitInfo.userMetadata"
# In the metadata of a commit that changed files and no row: the run of `maintain-lake` that made it.
MAINTENANCE = "maintenance"


class Committed(NamedTuple):
    """A batch that a table has already: the version that took it, and what the commit says of it."""

    version: int
    metadata: dict[str, Any]


def version_of(session: SparkSession, table: str) -> int:
    """The newest version; -1 when there is no such table."""
    return int(snapshot_of(session, table).version())


def committed_batch(session: SparkSession, table: str, app_id: str, seq: int) -> Committed | None:
    """
    None when the batch is still to be taken. Delta would skip a batch again without a word, the same or a lower one:
    so the lower one is refused here by name.
    """
    last = last_batch(session, table, app_id)
    if last is None or last < seq:
        return None
    if last > seq:
        raise JobError(
            "BatchOutOfOrder",
            app_id,
            f"a batch after {last}, the last one in the table",
            f"batch {seq}",
            "find out who gave the number: batches are taken in the ledger's order, and a replay has a new number or epoch",
        )
    return _find(session, table, app_id, seq, version_of(session, table))


def last_batch(session: SparkSession, table: str, app_id: str) -> int | None:
    """The highest batch that the table has under this id."""
    snapshot = snapshot_of(session, table)
    return _last_of(snapshot, app_id) if int(snapshot.version()) >= 0 else None


def check_batch_before(session: SparkSession, table: str, app_id: str, after: int | None) -> None:
    """A table that was brought back from a backup may lack batches that the ledger has: a later one would hide that for good."""
    last = last_batch(session, table, app_id)
    if after is None or (last is not None and last >= after):
        return
    raise JobError(
        "BatchMissing",
        app_id,
        f"batch {after} in {table}, as the ledger has it",
        "none" if last is None else f"batch {last}",
        "take it once more: npx etl restore --table <layer>.<dataset> --to <version> --abandon; npx etl recover where the table is lost",
    )


@contextmanager
def commit_as(session: SparkSession, app_id: str, seq: int, metadata: dict[str, Any], once: bool = True) -> Iterator[None]:
    """
    The one commit made inside carries the batch's transaction id, and what is said of it. Not `once`: it goes without the id, by which
    Delta would skip it after another one of the batch.
    """
    settings = {USER_METADATA: json.dumps(dict({"app": app_id, "batch": seq}, **metadata))}
    if once:
        settings.update({TXN_APP_ID: app_id, TXN_VERSION: str(seq)})
    for key, value in settings.items():
        session.conf.set(key, value)
    try:
        yield
    finally:
        for key in settings:
            session.conf.unset(key)


def last_commit(session: SparkSession, table: str, app_id: str) -> Committed | None:
    """The newest commit under this id; maintenance may have written some since. None where there is none, or it is too long ago."""
    snapshot = snapshot_of(session, table)
    if int(snapshot.version()) < 0 or _last_of(snapshot, app_id) is None:
        return None
    for version in range(int(snapshot.version()), -1, -1):
        info = commit_info(session, table, version)
        if info is None:
            return None
        metadata = metadata_of(info)
        if metadata.get("app") == app_id:
            return Committed(version, metadata)
    return None


def commit_metadata(session: SparkSession, table: str, version: int) -> dict[str, Any]:
    """What the commit of a version says of itself; empty when it is not one of ours, or its log file is gone."""
    return metadata_of(commit_info(session, table, version) or {})


def only_maintained_since(session: SparkSession, table: str, version: int) -> bool:
    """The newest version has the rows of this one: every commit since is maintenance. False where the log no longer says."""
    newest = version_of(session, table)
    return 0 <= version <= newest and version_of_rows(session, table, newest) <= version


def version_of_rows(session: SparkSession, table: str, version: int) -> int:
    """The version in which the rows became what they are in `version`: the last one up to it that is no maintenance."""
    while version > 0 and MAINTENANCE in commit_metadata(session, table, version):
        version -= 1
    return version


def reads_statistics(session: SparkSession) -> bool:
    """Whether files are left out by what the log says of their values."""
    return session.conf.get("spark.databricks.delta.stats.skipping", "true") == "true"


def commit_info(session: SparkSession, table: str, version: int) -> dict[str, Any] | None:
    """What Delta's log says of the commit itself; None when its log file is gone."""
    entries = read_text(session, f"{table}/_delta_log/{version:020d}.json")
    if entries is None:
        return None
    infos: list[dict[str, Any]] = [json.loads(line)["commitInfo"] for line in entries.splitlines() if '"commitInfo"' in line]
    return infos[0] if infos else {}


def metadata_of(info: dict[str, Any]) -> dict[str, Any]:
    metadata: dict[str, Any] = json.loads(info.get("userMetadata") or "{}")
    return metadata


def metadata_back(session: SparkSession, table: str, version: int) -> Iterator[dict[str, Any]]:
    """What each commit says, from this version's back; before one that restored the table those of the version that it went back to."""
    while version >= 0:
        info = commit_info(session, table, version)
        if info is None:
            return
        yield metadata_of(info)
        restored = info.get("operationParameters", {}).get("version") if info.get("operation") == "RESTORE" else None
        version = version - 1 if restored is None else int(restored)


def snapshot_of(session: SparkSession, table: str) -> Any:
    """Of the newest version, as Delta's own classes have it."""
    return jvm_of(session).org.apache.spark.sql.delta.DeltaLog.forTableWithSnapshot(session._jsparkSession, table)._2()


def _last_of(snapshot: Any, app_id: str) -> int | None:
    found = snapshot.transactions().get(app_id)
    return int(found.get()) if found.isDefined() else None


def _find(session: SparkSession, table: str, app_id: str, seq: int, newest: int) -> Committed:
    """From the newest commit back: maintenance may have written some since."""
    for version in range(newest, -1, -1):
        metadata = commit_metadata(session, table, version)
        if metadata.get("app") == app_id and metadata.get("batch") == seq:
            return Committed(version, metadata)
    raise JobError(
        "HistoryLost",
        app_id,
        f"the commit of batch {seq} in the history of {table}",
        "none; the table says that it has the batch",
        "restore the table to a version that has the batch before: npx etl restore --table <layer>.<dataset> shows the versions",
    )
