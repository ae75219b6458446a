"""Gold's files: each has a range of its own of what queries filter by, so that a change of few rows writes few files anew."""

from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from lake_bucket import LakeBucket, Row
from medallion import few_rows, table_files
from test_gold import build, gold_contract, models  # noqa: F401
from test_layers import USERS, user, users_contract
from test_maintenance import maintain

AGES = range(400)


def people_contract() -> Row:
    contract = gold_contract("people", ["user_id"], user_id="string", age="int", country="string")
    contract["columns"][1]["required"] = True
    return {**contract, "zOrder": ["age"], "incremental": {"key": ["user_id"], "inputs": {"silver.users": "same"}}}


@pytest.fixture
def people(lake: LakeBucket, models: dict[str, str], monkeypatch: pytest.MonkeyPatch, with_statistics: None) -> LakeBucket:  # noqa: F811
    """Names say nothing of ages, so that what lies together does so by age alone."""
    monkeypatch.setattr(table_files, "GOLD_BYTES", (512, 512))
    lake.contract(users_contract())
    lake.gold_contract(people_contract())
    models["people"] = "SELECT user_id, age, country FROM silver.users"
    take(lake, 1, [named(age) for age in AGES])
    return lake


def named(first_age: int, at: int = 1, **otherwise: Any) -> Row:
    return user(f"user-{first_age * 7919 % 10007:05d}", at, **{"age": first_age, **otherwise})


def take(lake: LakeBucket, seq: int, rows: list[Row]) -> Row:
    lake.run(lake.land("users", seq, USERS, rows))
    built: Row = build(lake, seq, users=seq - 1)["people"]
    return built


def files(lake: LakeBucket) -> dict[str, tuple[int, int]]:
    """Of each file the smallest and the largest age."""
    added = pa.table(lake.delta("gold", "people").get_add_actions(flatten=True)).to_pylist()
    return {add["path"]: (add["min.age"], add["max.age"]) for add in added}


def lie_apart(of: dict[str, tuple[int, int]]) -> bool:
    return all(end < start for (_, end), (start, _) in pairwise(sorted(of.values())))


def with_changes(changed: list[Row]) -> dict[str, tuple[int, str]]:
    """Of each person age and country, of the first batch and of what has changed since."""
    first = {named(age)["user_id"]: (age, "USA") for age in AGES}
    return first | {each["user_id"]: (each["age"], each["country"]) for each in changed}


def found(lake: LakeBucket) -> dict[str, tuple[int, str]]:
    return {row["user_id"]: (row["age"], row["country"]) for row in lake.table("gold", "people")}


def test_the_first_build_gives_each_file_ages_of_its_own(people: LakeBucket) -> None:
    built = files(people)
    assert len(built) > 4
    assert lie_apart(built)


def test_a_change_writes_the_files_anew_that_have_its_rows_and_no_other(people: LakeBucket) -> None:
    before = files(people)
    oldest = AGES[-1]
    # One moves to an age of which other files are, two are as old as they were, one is new.
    changed = [named(oldest, 2, age=3), named(oldest - 1, 2, country="DEU"), named(0, 1), user("someone-new", 2, age=1000)]
    built = take(people, 2, changed)
    assert (built["built"], built["changed"]) == ("keys", 3)
    gone = before.keys() - files(people).keys()
    assert gone == {path for path, (low, high) in before.items() if low <= oldest and high >= oldest - 1}
    assert found(people) == with_changes(changed)


def test_a_column_that_becomes_required_and_a_coarser_grain_leave_one_row_each(people: LakeBucket, models: dict[str, str]) -> None:  # noqa: F811
    contract = people_contract()
    nullable = [dict(each, required=each["name"] == "user_id") for each in contract["columns"]]
    models["people"] = "SELECT user_id, nullif(age, 3) AS age, country FROM silver.users"
    people.gold_contract({**contract, "columns": nullable})
    assert build(people, 2, users=0)["people"]["rows"] == len(AGES)
    people.gold_contract(contract)
    models["people"] = "SELECT user_id, coalesce(nullif(age, 3), -1) AS age, country FROM silver.users"
    assert build(people, 3, users=0)["people"]["built"] == "whole"
    assert found(people) == with_changes([named(3, age=-1)])
    coarser = [dict(each, required=each["name"] != "user_id") for each in contract["columns"]]
    models["people"] = "SELECT max(user_id) AS user_id, age % 7 AS age, country FROM silver.users GROUP BY 2, 3"
    people.gold_contract({**contract, "columns": coarser, "grain": ["age", "country"]})
    assert build(people, 4, users=0)["people"]["rows"] == 7
    assert sorted(row["age"] for row in people.table("gold", "people")) == list(range(7))


@pytest.mark.parametrize("added", [[], [9999]], ids=["none is new", "one is new"])
def test_changes_all_over_the_table_leave_each_file_ages_of_its_own(
    people: LakeBucket, monkeypatch: pytest.MonkeyPatch, added: list[int]
) -> None:
    monkeypatch.setattr(few_rows, "LARGE", 0)
    before = files(people)
    changed = [named(age, 2, country="DEU") for age in AGES[:: len(AGES) // 40]] + [named(age, 2) for age in added]
    assert take(people, 2, changed)["changed"] == len(changed)
    after = files(people)
    assert before.keys().isdisjoint(after.keys())
    assert len(after) >= len(before)
    assert lie_apart(after)
    assert found(people) == with_changes(changed)


def test_maintenance_leaves_files_of_the_size_that_gold_has_as_they_are(people: LakeBucket) -> None:
    before = files(people)
    assert maintain(people, ["gold.people"])["gold.people"]["status"] == "ok"
    assert files(people) == before
