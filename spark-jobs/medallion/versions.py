"""
Decides the outcomes of a batch where every version of a key stays (SCD2): a version counts from its own sequence to that of the next one,
or to the deletion of its key, in whatever order batches bring them.

The batch's versions, the table's and the deletions of a key stand on one timeline. Of two versions with the same sequence the one with the
lower row hash stays. `inserted` begins the life of a key, or another one after its deletion; `updated` follows or replaces a version;
`unchanged` is there already; `superseded` has lost to one of the same sequence. Versions of the table that now end otherwise are `closed`,
or `absent` where they end because the source no longer has the key.

Of change rows each operation begins a version, or is a deletion, from when it was committed. Of those on a key that were committed at one
time the last counts, since nobody has seen the others. A row that was read begins a version where nothing newer is known of its key and the
version before it has other values.
"""

from __future__ import annotations

from typing import Any

from pyspark.sql import DataFrame, Window
from pyspark.sql import functions as F
from pyspark.sql.types import StructType
from pyspark.sql.window import WindowSpec

from medallion.change_rows import CHANGED_AT, POSITION, is_delete, is_read
from medallion.content_hash import CONTENT_HASH, content_hash
from medallion.failure import JobError
from medallion.load_mode import is_snapshot, keeps_versions, lands_changes
from medallion.row_order import RowOrder
from medallion.row_outcomes import ABSENT, CLOSED, OUTCOME, REPLACED, is_quarantined, told_later
from medallion.run_plan import Batch
from medallion.typed_rows import SEQUENCE

# `_ended_by`: the sequence of what ended the version; where no version has that one, it was a deletion.
VERSION_COLUMNS = [("valid_from", "timestamp"), ("valid_to", "timestamp"), ("is_current", "boolean"), ("_ended_by", "bigint")]

_ROLE = "_role"
# In the order in which they stand at the same sequence: what follows a deletion begins a new life.
_DELETION, _TOLD_DELETION, _TABLE, _BATCH, _TIED, _ASIDE = range(6)
# On a deletion: it is this batch's.
_NEW = "_new"
_ON_TIMELINE = "_on_timeline"
# Hash of the values alone, of change rows: those of a row that was read are held against the version before it.
_VALUES = "_values"


def with_versions(
    rows: DataFrame, silver: DataFrame, absent: DataFrame | None, batch: Batch, planned_at: int, contract: dict[str, Any]
) -> DataFrame:
    """`absent`: keys that the source no longer has; `planned_at`: in microseconds since the epoch."""
    key = contract["key"]
    brought = _told(rows, contract) if lands_changes(contract) else _brought(rows, planned_at, contract)
    touched = brought.where(F.col(_ROLE).isin(_TOLD_DELETION, _BATCH)).select(*key)
    if absent is not None:
        touched = touched.unionByName(absent.select(*key))
    table = silver.join(touched.distinct(), key, "left_semi").withColumn(_ROLE, F.lit(_TABLE))
    table = table.withColumn(REPLACED, F.struct("_batch", CONTENT_HASH))
    if lands_changes(contract):
        brought, table = _with_values(brought), _with_values(table)
    events = [table, _deletions(table, key)]
    if absent is not None:
        events.append(_new_deletions(table, absent, batch, planned_at, contract))
    timeline = brought
    for each in events:
        timeline = timeline.unionByName(each, allowMissingColumns=True)
    return _ended(_contended(timeline.repartition(*key), contract), contract)


def check_positions(rows: DataFrame, silver: DataFrame, order: RowOrder, contract: dict[str, Any]) -> None:
    """@throws PositionsBehind where versions of an order that begins would stand before those that they follow."""
    if not (keeps_versions(contract) and order.is_new):
        return
    newest, first = silver.agg(F.max(SEQUENCE)).collect()[0][0], rows.agg(F.min(SEQUENCE)).collect()[0][0]
    if newest is None or first is None or first > newest:
        return
    raise JobError(
        "PositionsBehind",
        contract["dataset"],
        f"versions with higher sequences than those of Silver, whose highest is {newest}",
        f"one with the sequence {first}",
        "another load mode or column ordered the versions that Silver has, by higher numbers or times that are still to come: keep it, or"
        " give the dataset another name, under which its history begins anew",
    )


def _brought(rows: DataFrame, planned_at: int, contract: dict[str, Any]) -> DataFrame:
    """The version of a snapshot counts from when the snapshot was planned."""
    of_a_version = Window.partitionBy(*contract["key"], SEQUENCE, is_quarantined()).orderBy("_row_hash", "_object")
    role = F.when(is_quarantined(), _ASIDE).when(F.row_number().over(of_a_version) > 1, _TIED).otherwise(_BATCH)
    from_ = f"{planned_at}L" if is_snapshot(contract) else SEQUENCE
    return rows.withColumn(_ROLE, role).withColumn("valid_from", F.expr(f"timestamp_micros({from_})"))


def _told(rows: DataFrame, contract: dict[str, Any]) -> DataFrame:
    of_key = Window.partitionBy(*contract["key"], is_quarantined()).orderBy(POSITION, F.desc("_row_hash"), "_object")
    followed_at = F.lead(CHANGED_AT).over(of_key)
    is_passing = (followed_at == F.col(CHANGED_AT)) | (is_read() & followed_at.isNotNull())
    role = (
        F.when(is_quarantined(), F.when(told_later(contract), _TIED).otherwise(_ASIDE))
        .when(is_passing, _TIED)
        .when(is_delete(contract), _TOLD_DELETION)
        .otherwise(_BATCH)
    )
    return rows.withColumn(_ROLE, role).withColumn("valid_from", F.expr(f"timestamp_micros({CHANGED_AT})"))


def _with_values(rows: DataFrame) -> DataFrame:
    names_of_ours = [name for name, _ in VERSION_COLUMNS]
    own = [field for field in rows.schema.fields if not field.name.startswith("_") and field.name not in names_of_ours]
    return rows.withColumn(_VALUES, content_hash(StructType(own)))


def _deletions(table: DataFrame, key: list[str]) -> DataFrame:
    following = F.lead(SEQUENCE).over(Window.partitionBy(*key).orderBy(SEQUENCE))
    ended = table.withColumn("_following", following).where("_ended_by IS NOT NULL AND NOT (_ended_by <=> _following)")
    told = {SEQUENCE: F.col("_ended_by"), "valid_from": F.col("valid_to"), _ROLE: F.lit(_DELETION), _NEW: F.lit(False)}
    return ended.select(*key, *[value.alias(name) for name, value in told.items()])


def _new_deletions(table: DataFrame, absent: DataFrame, batch: Batch, planned_at: int, contract: dict[str, Any]) -> DataFrame:
    """After every version of the key, however the clocks of source and pipeline differ."""
    key = contract["key"]
    last = table.join(absent.select(*key), key, "left_semi").groupBy(*key).agg(F.max(SEQUENCE).alias("_last"))
    at_least = batch.seq if is_snapshot(contract) else 0 if lands_changes(contract) else planned_at
    told = F.greatest(F.lit(at_least), F.col("_last") + 1)
    time = SEQUENCE if _sequence_is_time(contract) else f"{planned_at}L"
    deleted = last.withColumn(SEQUENCE, told.cast("bigint")).withColumn("valid_from", F.expr(f"timestamp_micros({time})"))
    return deleted.select(*key, SEQUENCE, "valid_from", F.lit(_DELETION).alias(_ROLE), F.lit(True).alias(_NEW))


def _sequence_is_time(contract: dict[str, Any]) -> bool:
    return not is_snapshot(contract) and not lands_changes(contract)


def _contended(timeline: DataFrame, contract: dict[str, Any]) -> DataFrame:
    """The outcomes that are decided by the neighbour on the timeline, and which events stay on it."""
    role, hash_ = F.col(_ROLE), F.col("_row_hash")
    of_key = Window.partitionBy(*contract["key"], role > _BATCH).orderBy(SEQUENCE, _ROLE)
    event = F.struct(SEQUENCE, _ROLE, "_row_hash", REPLACED, *([_VALUES] if lands_changes(contract) else []))
    before, after = F.col("_before"), F.col("_after")
    rows = timeline.withColumn("_before", F.lag(event).over(of_key)).withColumn("_after", F.lead(event).over(of_key))
    follows = (role == _BATCH) & (before[_ROLE] == _TABLE)
    has_twin = follows & (before[SEQUENCE] == F.col(SEQUENCE))
    repeats = (follows if is_snapshot(contract) else has_twin) & (before["_row_hash"] == hash_)
    is_behind = F.lit(False)
    if lands_changes(contract):
        is_behind = (role == _BATCH) & is_read() & after.isNotNull()
        repeats = repeats | (follows & is_read() & (before[_VALUES] == F.col(_VALUES)))
    outcome = (
        F.when(role == _ASIDE, "quarantined")
        .when((role == _TIED) | is_behind, "superseded")
        .when(repeats, "unchanged")
        .when(has_twin & (before["_row_hash"] < hash_), "superseded")
        .when(has_twin, "updated")
    )
    replaced = (role == _TABLE) & (after[_ROLE] == _BATCH) & (after[SEQUENCE] == F.col(SEQUENCE)) & (after["_row_hash"] < hash_)
    rows = rows.withColumn(OUTCOME, outcome)
    # Before outcomes are given to those that contend with nobody: `updated` is one that takes a version's place.
    rows = rows.withColumn(REPLACED, F.when(F.col(OUTCOME) == "updated", before[REPLACED]).otherwise(F.col(REPLACED)))
    stays = (role <= _BATCH) & ~F.coalesce(replaced, F.lit(False)) & (F.col(OUTCOME).isNull() | (F.col(OUTCOME) == "updated"))
    return rows.withColumn(_ON_TIMELINE, stays).drop("_before", "_after", _VALUES)


def _ended(rows: DataFrame, contract: dict[str, Any]) -> DataFrame:
    """Each version on the timeline ends with what follows it; of the table's, those that now end otherwise are answered."""
    of_key = Window.partitionBy(*contract["key"], _ON_TIMELINE).orderBy(SEQUENCE, _ROLE)
    rows = rows.withColumn("_begins", F.coalesce(F.lag(_ROLE).over(of_key), F.lit(_DELETION)) < _TABLE)
    ends_nothing = F.col(_ON_TIMELINE) & (F.col(_ROLE) == _TOLD_DELETION) & F.col("_begins")
    rows = rows.withColumn(OUTCOME, F.when(ends_nothing, "unchanged").otherwise(F.col(OUTCOME)))
    rows = rows.withColumn(_ON_TIMELINE, F.col(_ON_TIMELINE) & ~ends_nothing)
    if not _sequence_is_time(contract):
        rows = _in_order_of_time(rows, of_key)
    rows = rows.withColumn("_following", F.lead(F.struct(SEQUENCE, "valid_from", _NEW)).over(of_key))
    next_ = F.col("_following")
    now_ends = F.when(next_[_NEW], ABSENT).otherwise(CLOSED)
    of_table = F.when(F.col(_ON_TIMELINE) & ~F.col("_ended_by").eqNullSafe(next_[SEQUENCE]), now_ends)
    of_batch = F.when(F.col(_ROLE) == _TOLD_DELETION, "deleted").when(F.col("_begins"), "inserted").otherwise("updated")
    outcome = F.when(F.col(_ROLE) == _TABLE, of_table).otherwise(F.coalesce(F.col(OUTCOME), of_batch))
    ends = {"valid_to": next_["valid_from"], "is_current": next_.isNull(), "_ended_by": next_[SEQUENCE]}
    rows = rows.where(F.col(_ROLE) != _DELETION).withColumn(OUTCOME, outcome).where(F.col(OUTCOME).isNotNull())
    for name, value in ends.items():
        rows = rows.withColumn(name, F.when(F.col(_ON_TIMELINE) & (F.col(_ROLE) >= _TABLE), value))
    return rows.drop(_ROLE, _NEW, _ON_TIMELINE, "_following", "_begins")


def _in_order_of_time(rows: DataFrame, of_key: WindowSpec) -> DataFrame:
    """Where a clock was ahead before, a version must not end before it began: each counts from a microsecond after the last at least."""
    so_far = of_key.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    placed = rows.withColumn("_place", F.row_number().over(of_key))
    placed = placed.withColumn("_spread", F.max(F.expr("unix_micros(valid_from) - _place")).over(so_far))
    moved = F.when(F.col(_ROLE) != _TABLE, F.expr("timestamp_micros(_spread + _place)")).otherwise(F.col("valid_from"))
    return placed.withColumn("valid_from", moved).drop("_place", "_spread")
