"""Tables that keep every version: random histories in random batches and orders against a model of a few lines, and the same in a lake."""

import random
from datetime import datetime, timedelta, timezone
from typing import Any

from lake_bucket import LakeBucket, Row
from medallion.broken_rules import BROKEN
from medallion.run_plan import Batch
from medallion.versions import with_versions
from pyspark.sql import DataFrame, SparkSession
from test_layers import USERS, outcomes, user, users_contract

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
CONTRACT = {"key": ["id"], "source": "postgres", "load": {"mode": "cursor", "sequence": "changed_at", "history": "scd2"}}
BATCH_SCHEMA = f"id int, value string, _sequence bigint, _row_hash string, _object string, {BROKEN} array<struct<action: string>>"
VERSIONED = "valid_from timestamp, valid_to timestamp, is_current boolean, _ended_by bigint"
TABLE_SCHEMA = f"id int, value string, _sequence bigint, _row_hash string, {VERSIONED}, _batch bigint, _content_hash string"

Version = tuple[int, int, str]


class Model:
    """A key's versions by sequence, the lowest value of a sequence, and the deletions between them."""

    def __init__(self) -> None:
        self.versions: dict[int, dict[int, str]] = {}
        self.deletions: dict[int, set[int]] = {}

    def add(self, key: int, sequence: int, value: str) -> None:
        of_key = self.versions.setdefault(key, {})
        of_key[sequence] = min(value, of_key.get(sequence, value))

    def delete(self, key: int, at: int) -> None:
        if self.is_current(key):
            self.deletions.setdefault(key, set()).add(max(at, max(self.versions[key]) + 1))

    def is_current(self, key: int) -> bool:
        return key in self.versions and max(self.versions[key]) >= max(self.deletions.get(key, {-1}))

    def rows(self) -> set[tuple[Any, ...]]:
        found = set()
        for key, versions in self.versions.items():
            ends = sorted(set(versions) | self.deletions.get(key, set()))
            for sequence, value in versions.items():
                end = next((each for each in ends if each > sequence), None)
                found.add((key, value, sequence, sequence, end, end is None))
        return found


def test_random_histories_in_random_order_end_as_if_each_version_had_come_in_its_turn(session: SparkSession) -> None:
    own = session.newSession()
    own.conf.set("spark.sql.session.timeZone", "UTC")
    chance = random.Random(7)
    model = Model()
    table: list[tuple[Any, ...]] = []
    for seq in range(1, 7):
        versions = [
            (key, chance.randrange(1, 30), chance.choice("abc")) for key in range(150) for _ in range(chance.choice([0, 0, 1, 2, 3]))
        ]
        touched = {key for key, _, _ in versions}
        gone = [key for key in range(150) if key not in touched and model.is_current(key) and chance.random() < 0.3]
        planned_at = 5 * seq
        decided = with_versions(
            batch_of(own, versions),
            table_of(own, table),
            own.createDataFrame([(key,) for key in gone], "id int"),
            batch(seq),
            planned_at,
            CONTRACT,
        ).collect()
        assert sum(row["_outcome"] not in ("closed", "absent") for row in decided) == len(versions)
        assert sorted(row["id"] for row in decided if row["_outcome"] == "absent") == gone
        table = merged(table, decided)
        for version in versions:
            model.add(*version)
        for key in gone:
            model.delete(key, planned_at)
        assert {(row[0], row[1], row[2], micros(row[4]), row[5] and micros(row[5]), row[6]) for row in table} == model.rows()
    assert len(table) > 500
    assert sum(bool(each) for each in model.deletions.values()) > 50


def batch(seq: int) -> Batch:
    return Batch("histories", seq, 0, None, "postgres", "", "")


def batch_of(session: SparkSession, versions: list[Version]) -> DataFrame:
    return session.createDataFrame(
        [(key, value, sequence, value, f"object-{at}", []) for at, (key, sequence, value) in enumerate(versions)], BATCH_SCHEMA
    )


def table_of(session: SparkSession, table: list[tuple[Any, ...]]) -> DataFrame:
    return session.createDataFrame([(*row, 0, "") for row in table], TABLE_SCHEMA)


def merged(table: list[tuple[Any, ...]], decided: list[Any]) -> list[tuple[Any, ...]]:
    """What one MERGE by key and sequence makes of the table."""
    names = ["id", "value", "_sequence", "_row_hash", "valid_from", "valid_to", "is_current", "_ended_by"]
    rows = {(row[0], row[2]): row for row in table}
    for row in decided:
        if row["_outcome"] in ("inserted", "updated", "closed", "absent"):
            rows[row["id"], row["_sequence"]] = tuple(row[name] for name in names)
    return list(rows.values())


def micros(time: datetime) -> int:
    return round((time.replace(tzinfo=timezone.utc) - EPOCH) / timedelta(microseconds=1))


def test_a_version_that_comes_late_finds_its_place_and_a_deleted_key_may_live_again(lake: LakeBucket) -> None:
    lake.contract(users_contract(history="scd2"))
    planned = "2024-01-15T10:00:30.000Z"
    run(lake, 1, [user("a", 1), user("a", 5, country="DEU"), user("b", 1)], planned)
    late = run(lake, 2, [user("a", 3, age=31)], planned)
    assert (late["outcomes"], late["deletedByAbsence"]) == (outcomes(updated=1), 0)
    gone = run(lake, 3, [user("a", 1)], planned, keys=[{"user_id": "a"}])
    assert (gone["outcomes"], gone["deletedByAbsence"]) == (outcomes(unchanged=1), 1)
    again = run(lake, 4, [user("b", 40)], planned)
    assert again["outcomes"] == outcomes(inserted=1)
    assert lives(lake) == {
        ("a", 1, 3, False),
        ("a", 3, 5, False),
        ("a", 5, None, True),
        ("b", 1, 30, False),
        ("b", 40, None, True),
    }
    assert lake.delta("silver", "users").version() == 3


def test_a_snapshot_begins_a_version_only_where_a_row_differs_and_ends_those_that_are_gone(lake: LakeBucket) -> None:
    lake.contract(users_contract(mode="snapshot", history="scd2"))
    lake.run(lake.land("users", 1, USERS, [user("a", 5), user("b", 5), user("c", 5)], complete=True, planned_at="2024-01-15T10:00:10.000Z"))
    # The clock of the second one is behind.
    second = lake.land("users", 2, USERS, [user("a", 5), user("b", 5, age=31)], complete=True, planned_at="2024-01-15T10:00:09.000Z")
    result = lake.run(second)["silver"]["datasets"]["users"]
    assert (result["outcomes"], result["deletedByAbsence"]) == (outcomes(unchanged=1, updated=1), 1)
    rows = {(row["user_id"], row["age"]): row for row in lake.table("silver", "users")}
    assert {key: row["is_current"] for key, row in rows.items()} == {("a", 30): True, ("b", 30): False, ("b", 31): True, ("c", 30): False}
    assert rows["b", 30]["valid_to"] == rows["b", 31]["valid_from"] > rows["b", 30]["valid_from"]


def test_versions_of_another_order_that_would_stand_before_those_that_they_follow_are_refused(lake: LakeBucket) -> None:
    lake.contract(users_contract(history="scd2"))
    planned = "2024-01-15T10:00:30.000Z"
    run(lake, 1, [user("a", 1), user("b", 5)], planned)
    lake.contract(users_contract(history="scd2", mode="snapshot", sequence=None))
    snapshot = lake.run(lake.land("users", 2, USERS, [user("a", 9), user("b", 5)], complete=True))["silver"]["datasets"]["users"]
    assert (snapshot["status"], snapshot["error"]) == ("failed", "PositionsBehind")
    lake.contract(users_contract(history="scd2", sequence="age"))
    assert run(lake, 3, [user("a", 9, age=31)], planned)["error"] == "PositionsBehind"
    # Times go on where those of another column end.
    created = {**users_contract()["columns"][-1], "name": "created_at"}
    contract = users_contract(history="scd2", sequence="created_at")
    lake.contract({**contract, "columns": [*contract["columns"], created]})
    later = lake.land("users", 4, {**USERS, "created_at": "VARCHAR"}, [user("a", 1, created_at=user("a", 3)["updated_at"])])
    assert lake.run(later)["silver"]["datasets"]["users"]["outcomes"] == outcomes(updated=1)
    assert lives(lake) == {("a", 1, 3, False), ("a", 3, None, True), ("b", 5, None, True)}


def run(lake: LakeBucket, seq: int, rows: list[Row], planned_at: str, keys: list[Row] | None = None) -> Row:
    result: Row = lake.run(lake.land("users", seq, USERS, rows, keys=keys, planned_at=planned_at))["silver"]["datasets"]["users"]
    return result


def lives(lake: LakeBucket) -> set[tuple[Any, ...]]:
    """With the seconds from and to which each version counts."""
    return {
        (row["user_id"], second(row["valid_from"]), row["valid_to"] and second(row["valid_to"]), row["is_current"])
        for row in lake.table("silver", "users")
    }


def second(time: datetime) -> int:
    return int(time.timestamp() - datetime(2024, 1, 15, 10, tzinfo=timezone.utc).timestamp())
