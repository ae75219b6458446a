"""A batch of few rows and a large table: no more of the table is moved than what matches, and all ends as with a small one."""

from collections.abc import Iterator
from typing import Any

import pytest
from conftest import IS_SPARK_3_4
from lake_bucket import LakeBucket, Row
from medallion import few_rows, key_bounds, silver_batch
from medallion.own_session import SETTINGS
from pyspark.sql import SparkSession
from test_layers import USERS, user, users_contract
from test_replays import OF_THE_RUN, rows_of

from local.spark.many_rows import MANY_ROWS

TEAMS = {"team_id": "VARCHAR", "updated_at": "VARCHAR"}
RULES: list[Row] = [
    {"id": "users.email.unique", "column": "email", "kind": "unique", "action": "quarantine"},
    {
        "id": "users.country.reference",
        "column": "country",
        "kind": "reference",
        "to": {"dataset": "teams", "column": "team_id"},
        "action": "quarantine",
    },
]
# One of each: older, equal, newer, new, twice, with the address of another, of a country that is none, without a key.
CHANGES = [
    user("a", 1),
    user("b", 5),
    user("c", 7, age=31),
    user("x", 1),
    user("x", 2),
    user("d", 8, email="e@company.com"),
    user("f", 8, country="ATL"),
    user(None, 1),
]
# So many that the table is larger than a batch, by which Spark tells which of the two to leave where it lies.
OTHERS = [f"other-{number}" for number in range(3000)]


@pytest.fixture
def for_large_tables(with_statistics: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(few_rows, "LARGE", 0)
    monkeypatch.setattr(key_bounds, "MANY_FILES", 0)


@pytest.fixture
def filtered(session: SparkSession, monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each batch that Silver took: whether its commit asked the filter of the batch's keys before it moved a row of the table."""
    found: list[bool] = []
    write = silver_batch.write_silver

    # Looked at right after it: the session forgets all but the last few queries.
    def watched(*given: Any) -> None:
        begun = last_query(session)
        write(*given)
        found.append(any("might_contain" in plan for plan in plans_since(session, begun)))

    monkeypatch.setattr(silver_batch, "write_silver", watched)
    return found


def last_query(session: SparkSession) -> int:
    """Its number, -1 before the first."""
    queries = session._jsparkSession.sharedState().statusStore().executionsList()
    return -1 if queries.isEmpty() else int(queries.last().executionId())


def plans_since(session: SparkSession, begun: int) -> Iterator[str]:
    queries = session._jsparkSession.sharedState().statusStore().executionsList()
    each = (queries.apply(at) for at in range(queries.size()))
    return (query.physicalPlanDescription() for query in each if query.executionId() > begun)


@pytest.mark.parametrize("history", ["scd1", "scd2"])
def test_all_outcomes_and_rows_are_those_of_a_small_table(
    lakes: Iterator[LakeBucket], filtered: list[bool], request: pytest.FixtureRequest, history: str
) -> None:
    small = taken(next(lakes), history, CHANGES)
    assert small[0]["quarantined"] == 3
    assert not any(filtered)
    request.getfixturevalue("for_large_tables")
    assert taken(next(lakes), history, CHANGES) == small
    # Spark 3.4 makes no filter of Delta 2.4's MERGE, which writes whole files anew.
    assert filtered[-1] == (not IS_SPARK_3_4)


def test_a_batch_that_adds_no_key_is_sent_to_where_the_table_lies(
    lakes: Iterator[LakeBucket], filtered: list[bool], request: pytest.FixtureRequest
) -> None:
    changes = [each for each in CHANGES if each["user_id"] not in ("x", None)]
    small = taken(next(lakes), "scd1", changes)
    request.getfixturevalue("for_large_tables")
    assert taken(next(lakes), "scd1", changes) == small
    assert (small[0]["updated"], small[0]["inserted"], small[0]["quarantined"]) == (1, 0, 2)
    assert not any(filtered)


@pytest.mark.parametrize("history", ["scd1", "scd2"])
def test_a_batch_leaves_as_many_files_as_its_rows_are_worth_tasks(lake: LakeBucket, monkeypatch: pytest.MonkeyPatch, history: str) -> None:
    monkeypatch.setattr(few_rows, "ROWS_A_TASK", 40)
    for name in ("shuffle.partitions", "adaptive.enabled", "adaptive.coalescePartitions.parallelismFirst"):
        monkeypatch.setitem(SETTINGS, f"spark.sql.{name}", MANY_ROWS[f"spark.sql.{name}"])
    lake.contract(users_contract(history=history))
    keys = [f"{number:03}" for number in range(130)]
    assert files_added(lake, 1, [user(key, 1) for key in keys[:100]]) == 3
    assert files_added(lake, 2, [user(key, 1) for key in keys[100:]]) == 1
    assert files_added(lake, 3, [user(key, 2, age=31) for key in keys[110:]]) == 1
    assert [row["age"] for row in lake.table("silver", "users") if row.get("is_current", True)].count(31) == 20


def files_added(lake: LakeBucket, seq: int, rows: list[Row]) -> int:
    lake.run(lake.land("users", seq, USERS, rows))
    metrics: Row = lake.delta("silver", "users").history(1)[0]["operationMetrics"]
    return int(metrics.get("numTargetFilesAdded", metrics.get("numFiles")))


def taken(lake: LakeBucket, history: str, changes: list[Row]) -> tuple[Any, ...]:
    contract = users_contract(history=history)
    lake.contract({**contract, "rules": [*contract["rules"], *RULES]})
    team = {"name": "team_id", "type": "string", "required": False, "class": "internal"}
    at = {"name": "updated_at", "type": "timestamp", "required": False, "class": "internal"}
    lake.contract({**contract, "dataset": "teams", "key": ["team_id"], "columns": [team, at], "rules": []})
    teams = lake.land("teams", 1, TEAMS, [{"team_id": name, "updated_at": user("a", 1)["updated_at"]} for name in ("USA", "DEU")])
    lake.run(teams, lake.land("users", 1, USERS, [user(key, 5) for key in [*"abcdefg", *OTHERS]]))
    said = lake.run(lake.land("users", 2, USERS, changes))["silver"]["datasets"]["users"]
    return said["outcomes"], said["rules"], said["content"], *(rows_of(lake, layer, OF_THE_RUN) for layer in ("silver", "quarantine"))
