"""Every version of rows whose source tells of operations: random logs against a model of a few lines, and a log in a lake."""

import random
from collections import Counter
from datetime import datetime, timezone
from typing import Any, NamedTuple

import pytest
from lake_bucket import LakeBucket, Row
from medallion.broken_rules import BROKEN
from medallion.versions import with_versions
from pyspark.sql import DataFrame, SparkSession
from test_change_rows import NOON, change, changes_contract, take
from test_layers import outcomes
from test_versions import batch, merged, micros, table_of

CONTRACT = {"key": ["id"], "source": "postgres", "load": {"mode": "log", "history": "scd2"}}
OPERATION_SCHEMA = (
    "id int, value string, _sequence bigint, _row_hash string, _object string,"
    f" _operation string, _position bigint, _changed_at bigint, {BROKEN} array<struct<action: string>>"
)


class Told(NamedTuple):
    key: int
    operation: str
    position: int
    at: int
    value: str | None


class Model:
    """Of each key its lives, each a list of versions: a value and since when it counts; and when the last life ended, if it has."""

    def __init__(self) -> None:
        self.versions: dict[int, list[tuple[str, int, int | None]]] = {}

    def is_current(self, key: int) -> bool:
        return key in self.versions and self.versions[key][-1][2] is None

    def change(self, key: int, value: str | None, at: int) -> None:
        """`value`: None where the row is gone. Time never stands still, nor goes back."""
        of_key = self.versions.get(key, [])
        if of_key:
            last, since, until = of_key[-1]
            at = max(at, (since if until is None else until) + 1)
            if until is None:
                of_key[-1] = (last, since, at)
        if value is not None:
            self.versions.setdefault(key, []).append((value, at, None))

    def batch(self, rows: list[Told], absent: list[int], planned_at: int) -> None:
        told: dict[int, list[Told]] = {}
        for row in sorted(rows, key=lambda each: each.position):
            told.setdefault(row.key, []).append(row)
        for key, of_key in told.items():
            operations = [row for row in of_key if row.operation != "read"]
            for at, row in enumerate(operations):
                is_last = at + 1 == len(operations) or operations[at + 1].at != row.at
                if is_last and (row.value is not None or self.is_current(key)):
                    self.change(key, row.value, row.at)
            if not operations and not (self.is_current(key) and self.versions[key][-1][0] == of_key[0].value):
                self.change(key, of_key[0].value, of_key[0].at)
        for key in absent:
            self.change(key, None, planned_at)

    def rows(self) -> set[tuple[Any, ...]]:
        return {(key, *version, version[2] is None) for key, versions in self.versions.items() for version in versions}


def test_random_logs_read_whole_now_and_then_end_as_if_each_transaction_had_been_seen_when_it_was_committed(session: SparkSession) -> None:
    own = session.newSession()
    own.conf.set("spark.sql.session.timeZone", "UTC")
    chance = random.Random(11)
    model = Model()
    table: list[tuple[Any, ...]] = []
    seen: Counter[str] = Counter()
    position = 0
    for seq in range(1, 7):
        rows, absent = random_batch(chance, model, position, whole=seq in (1, 4))
        position = max(row.position for row in rows)
        planned_at = NOON + 1_000 * seq
        gone = own.createDataFrame([(key,) for key in absent], "id int")
        decided = with_versions(operations_of(own, rows), table_of(own, table), gone, batch(seq), planned_at, CONTRACT).collect()
        seen.update(row["_outcome"] for row in decided)
        assert sum(row["_outcome"] not in ("closed", "absent") for row in decided) == len(rows)
        table = merged(table, [row for row in decided if row["_outcome"] != "deleted"])
        model.batch(rows, absent, planned_at)
        assert {(row[0], row[1], micros(row[4]), row[5] and micros(row[5]), row[6]) for row in table} == model.rows()
        again = with_versions(operations_of(own, rows), table_of(own, table), None, batch(seq), planned_at, CONTRACT).collect()
        assert {row["_outcome"] for row in again} <= {"unchanged", "superseded"}
    expected = {"inserted", "updated", "unchanged", "superseded", "deleted", "closed", "absent"}
    assert {outcome for outcome, count in seen.items() if count > 5} == expected


def random_batch(chance: random.Random, model: Model, position: int, *, whole: bool) -> tuple[list[Told], list[int]]:
    """Transactions of a few operations, whose clock goes back at times; `whole`: over rows that were read, some of them never told of."""
    rows = []
    absent = []
    position += 1
    if whole:
        for key in range(100):
            at = NOON + chance.randrange(1_000)
            if chance.random() < 0.2:
                absent += [key] if model.is_current(key) else []
                continue
            value = model.versions[key][-1][0] if key in model.versions and chance.random() < 0.6 else chance.choice("abc")
            rows.append(Told(key, "read", position, at, value))
    for _ in range(120):
        at = NOON + position + chance.randrange(-40, 40)
        key = chance.randrange(120)
        for _ in range(chance.choice([1, 1, 2])):
            position += chance.randrange(1, 9)
            operation = chance.choice(["insert", "update", "update", "delete"])
            rows.append(Told(key, operation, position, at, None if operation == "delete" else chance.choice("abc")))
    touched = {row.key for row in rows}
    return chance.sample(rows, len(rows)), [key for key in absent if key not in touched]


def operations_of(session: SparkSession, rows: list[Told]) -> DataFrame:
    told = [(row.key, row.value, row.position, repr(row), "object", row.operation, row.position, row.at, []) for row in rows]
    return session.createDataFrame(told, OPERATION_SCHEMA)


@pytest.fixture
def users(lake: LakeBucket) -> LakeBucket:
    lake.contract(history())
    return lake


def history(**other: Any) -> Row:
    contract = changes_contract(**other)
    return {**contract, "load": {**contract["load"], "history": "scd2"}}


def lives(lake: LakeBucket, of: str) -> set[tuple[Any, ...]]:
    """With the seconds from and to which each version counts."""
    rows = lake.table("silver", "users")
    return {
        (row["user_id"], row[of], second(row["valid_from"]), row["valid_to"] and second(row["valid_to"]), row["is_current"]) for row in rows
    }


def second(time: datetime) -> float:
    return (micros(time.astimezone(timezone.utc)) - NOON) / 1_000_000


def test_each_committed_operation_is_a_version_and_a_deletion_the_end_of_one(users: LakeBucket) -> None:
    first = take(
        users,
        1,
        change("read", 1, "a", at=5, age=1),
        change("read", 1, "b", at=5, age=1),
        change("read", 1, "c", at=5, age=1),
        # Read after it was changed.
        change("update", 2, "b", age=2),
        # One transaction.
        change("insert", 3, "d", at=9, age=1),
        change("update", 4, "d", at=9, age=2),
        change("delete", 6, "nobody"),
    )
    assert first["outcomes"] == outcomes(inserted=4, superseded=2, unchanged=1)
    assert lives(users, "age") == {("a", 1, 5, None, True), ("b", 2, 2, None, True), ("c", 1, 5, None, True), ("d", 2, 9, None, True)}
    second_batch = take(
        users,
        2,
        change("update", 20, "a", age=2),
        change("delete", 21, "c"),
        change("delete", 30, "d", at=30),
        change("insert", 31, "d", at=30, age=3),
        change("update", 40, "b", kept='["email"]', email=None, age=3),
    )
    assert second_batch["outcomes"] == outcomes(updated=3, deleted=1, superseded=1)
    assert {row["user_id"]: row["email"] for row in users.table("silver", "users") if row["age"] == 3} == {
        "b": "b@company.com",
        "d": "d@company.com",
    }
    third = take(users, 3, change("insert", 50, "c", age=4), change("delete", 60, "c"), change("insert", 70, "c", age=5))
    assert third["outcomes"] == outcomes(inserted=2, deleted=1)
    assert lives(users, "age") == {
        ("a", 1, 5, 20, False),
        ("a", 2, 20, None, True),
        ("b", 2, 2, 40, False),
        ("b", 3, 40, None, True),
        ("c", 1, 5, 21, False),
        ("c", 4, 50, 60, False),
        ("c", 5, 70, None, True),
        ("d", 2, 9, 30, False),
        ("d", 3, 30, None, True),
    }
    assert third["content"]["after"]["rows"] == 9


def test_a_table_that_was_read_whole_again_keeps_the_versions_that_still_hold_and_ends_those_of_keys_that_are_gone(
    users: LakeBucket,
) -> None:
    take(users, 1, change("read", 1, "a", at=1), change("read", 1, "b", at=1), change("read", 1, "c", at=1))
    again = [change("read", 100, "a", at=90), change("read", 100, "b", at=90, age=31), change("insert", 101, "e")]
    result = take(users, 2, *again, complete=True, planned_at="2024-01-15T12:01:20.000Z")
    assert (result["outcomes"], result["deletedByAbsence"]) == (outcomes(unchanged=1, updated=1, inserted=1), 1)
    assert lives(users, "age") == {
        ("a", 30, 1, None, True),
        ("b", 30, 1, 90, False),
        ("b", 31, 90, None, True),
        ("c", 30, 1, 80, False),
        ("e", 30, 101, None, True),
    }
    # As a partition's rows are read that came later: what the log has told of a key since is newer.
    partition = take(users, 3, change("read", 99, "b", at=200, age=77), change("read", 99, "f", at=200))
    assert partition["outcomes"] == outcomes(superseded=1, inserted=1)
    assert len(lives(users, "age")) == 6


def test_what_is_set_aside_begins_its_version_when_it_is_taken_back_unless_the_key_went_on(users: LakeBucket) -> None:
    take(users, 1, change("read", 1, "a", at=1), change("read", 1, "b", at=1))
    bad = take(users, 2, change("update", 10, "a", age=-1), change("update", 11, "b", age=-1), change("update", 12, "b", age=40))
    assert bad["outcomes"] == outcomes(quarantined=1, updated=1, superseded=1)
    users.contract(history(rules=[]))
    assert take(users, 3, release={"batch": 2, "rule": None})["outcomes"] == outcomes(updated=1)
    assert lives(users, "age") == {
        ("a", 30, 1, 10, False),
        ("a", -1, 10, None, True),
        ("b", 30, 1, 12, False),
        ("b", 40, 12, None, True),
    }


def test_a_load_mode_whose_sequences_lie_ahead_of_the_log_is_not_followed_by_it(users: LakeBucket) -> None:
    take(users, 1, change("read", 500, "a"))
    behind = take(users, 2, change("read", 400, "a", age=31), complete=True)
    assert (behind["status"], behind["error"]) == ("failed", "PositionsBehind")
    assert "500" in behind["cause"] and "400" in behind["cause"]
    assert [row["age"] for row in users.table("silver", "users")] == [30]
