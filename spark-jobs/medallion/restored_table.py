"""
Takes a table back to a version that it had. A batch of mode `restore` does it, and then takes the batches since once more, under an epoch
of its own: Delta keeps the last batch of every transaction id through RESTORE, and would skip the replays without a word.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import Any, Iterator, NamedTuple

from pyspark.sql import SparkSession

from medallion.delta_table import USER_METADATA, last_batch
from medallion.lake_objects import read_json
from medallion.run_plan import Batch


class Restore(NamedTuple):
    """`after`: the last batch that the version has; `replay`: the batches since, as far as they were committed."""

    layer: str
    version: int
    after: int
    replay: list[int]


def is_restore(manifest: dict[str, Any]) -> bool:
    """Whether the batch brings no rows of its own, since it restores a table of one of the layers."""
    return bool(manifest["mode"] == "restore")


def restore_of(manifest: dict[str, Any], layer: str) -> Restore | None:
    """None when the batch restores nothing in this layer."""
    if not is_restore(manifest) or manifest["bounds"]["upper"]["layer"] != layer:
        return None
    return Restore(**manifest["bounds"]["upper"])


def is_restored(session: SparkSession, table: str, app_ids: list[str]) -> bool:
    """Whether an earlier try has taken a batch already under the new epoch; nothing that it did is taken back then."""
    return any(last_batch(session, table, app_id) is not None for app_id in app_ids)


def take_back(session: SparkSession, table: str, version: int, batch: Batch, after: int) -> None:
    """Done again it leaves the same rows."""
    with commit_of_restore(session, batch, after):
        session.sql(f"RESTORE TABLE delta.`{table}` TO VERSION AS OF {version}").collect()


@contextmanager
def commit_of_restore(session: SparkSession, batch: Batch, after: int) -> Iterator[None]:
    """Commits made inside say which batch restores the table, and up to which one."""
    session.conf.set(USER_METADATA, json.dumps({"restore": batch.seq, "batch": after}))
    try:
        yield
    finally:
        session.conf.unset(USER_METADATA)


def replays(session: SparkSession, table: str, app_id: str, batch: Batch, restore: Restore) -> Iterator[tuple[Batch, dict[str, Any]]]:
    """The batches that are still to be taken again, in their order, with their manifests."""
    done = last_batch(session, table, app_id) or 0
    for seq in restore.replay:
        if seq > done:
            earlier = numbered(batch, seq)
            yield earlier, read_json(session, earlier.manifest)


def numbered(batch: Batch, seq: int) -> Batch:
    """Another batch of the same dataset, under this one's epoch (functions/batch/layout.ts says where it lies)."""
    here, there = f"/batch={batch.seq:010d}", f"/batch={seq:010d}"
    return batch._replace(seq=seq, landing=batch.landing.replace(here, there), manifest=batch.manifest.replace(here, there))
