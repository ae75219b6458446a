"""Rows set aside come back by the way of every row, once, and leave quarantine when the source has them no more."""

import json
from typing import Any

import pytest
from lake_bucket import LakeBucket, Row, layer_hash_of
from medallion import silver_batch
from test_change_rows import CHANGES, change
from test_kafka_silver import RECORD, event, events_contract, record
from test_layers import USERS, dies, outcomes, user, users_contract

RULED: Row = {**users_contract(), "rules": [rule for rule in users_contract()["rules"] if rule["id"] != "users.email.pattern"]}


@pytest.fixture
def users(lake: LakeBucket) -> LakeBucket:
    lake.contract(users_contract())
    return lake


def test_no_older_state_comes_back_by_a_release_after_the_load_mode_was_changed(users: LakeBucket) -> None:
    for seq, row in enumerate([user("a", 1), user("a", 2, email="nobody"), user("a", 3, age=33)], start=1):
        users.run(users.land("users", seq, USERS, [row]))
    snapshot = {**RULED, "load": users_contract(mode="snapshot", sequence=None)["load"]}
    users.contract(snapshot)
    assert users.run(release(users, 4))["silver"]["datasets"]["users"]["outcomes"] == outcomes(superseded=1)
    assert [row["age"] for row in users.table("silver", "users")] == [33]
    users.contract({**snapshot, "rules": users_contract()["rules"]})
    aside = users.run(users.land("users", 5, USERS, [user("a", 1, email="nobody", age=34)], complete=True))["silver"]["datasets"]["users"]
    assert aside["outcomes"] == outcomes(quarantined=1)
    users.contract(snapshot)
    assert users.run(release(users, 6))["silver"]["datasets"]["users"]["outcomes"] == outcomes(updated=1)
    assert [row["age"] for row in users.table("silver", "users")] == [34]


def test_a_row_that_another_order_began_without_comes_back_over_what_was_there_before(users: LakeBucket) -> None:
    # Positions lie far above the times by which a cursor orders rows.
    users.contract({**RULED, "load": users_contract(mode="log", sequence=None, deletions=False)["load"]})
    users.run(users.land("users", 1, CHANGES, [change("read", 2**60, "a", at=1, age=31), change("read", 2**60 + 1, "b", at=1, age=31)]))
    users.contract({**RULED, "rules": users_contract()["rules"]})
    first = [user("a", 5, email="nobody", age=32), user("b", 5, age=32)]
    aside = users.run(users.land("users", 2, USERS, first, mode="full"))["silver"]["datasets"]["users"]
    assert aside["outcomes"] == outcomes(quarantined=1, updated=1)
    users.contract(RULED)
    assert users.run(release(users, 3))["silver"]["datasets"]["users"]["outcomes"] == outcomes(updated=1)
    assert {row["user_id"]: row["age"] for row in users.table("silver", "users")} == {"a": 32, "b": 32}


def release(lake: LakeBucket, seq: int, rule: str | None = None) -> Row:
    return lake.land("users", seq, {}, [], release={"batch": seq - 1, "rule": rule})


def test_a_rule_that_was_mended_takes_its_rows_back_and_the_source_s_own_sequence_orders_them(users: LakeBucket) -> None:
    aside = [user("new", 1, email="nobody"), user("newest", 9, email="nobody"), user("older", 1, email="nobody")]
    kept = [user("newest", 5), user("older", 5), user("new", 1, country=None)]
    users.run(users.land("users", 1, USERS, [*aside, *kept]))
    users.contract(RULED)
    result = users.run(release(users, 2, "users.email.pattern"))
    assert result["bronze"]["datasets"]["users"]["takenBack"] == {"rows": 3, "hash": layer_hash_of(USERS, aside)}
    assert result["silver"]["datasets"]["users"]["outcomes"] == outcomes(inserted=1, updated=1, superseded=1)
    found = {row["user_id"]: (row["email"], row["_batch"]) for row in users.table("silver", "users")}
    assert found == {"new": ("nobody", 2), "newest": ("nobody", 2), "older": ("older@company.com", 1)}
    assert {row["_object"] for row in users.table("bronze", "users")} == {
        f"{users.address}/landing/users/batch=0000000001/rows-0001.parquet"
    }
    assert closed(users) == {("users.email.pattern", 2, "taken back"): 3, ("users.country.required", None, None): 1}


@pytest.mark.parametrize(
    ("first", "then", "aside"),
    [(RULED, users_contract(), ["b", "c"]), (users_contract(), RULED, ["c"]), (users_contract(), {**RULED, "rules": []}, [])],
    ids=["tightened", "mended", "without rules"],
)
def test_a_batch_that_goes_on_under_other_rules_sets_aside_what_these_say(
    lake: LakeBucket, monkeypatch: pytest.MonkeyPatch, first: Row, then: Row, aside: list[str]
) -> None:
    lake.contract(users_contract())
    lake.run(lake.land("users", 1, USERS, [user("before", 1, age=-1)]))
    lake.contract(first)
    batch = lake.land("users", 2, USERS, [user("a", 1), user("b", 1, email="nobody"), user("c", 1, age=-1)])
    with monkeypatch.context() as patched:
        patched.setattr(silver_batch, "write_silver", dies)
        assert lake.run(batch)["silver"]["datasets"]["users"]["error"] == "InterruptedError"
    lake.contract(then)
    result = lake.run(batch)["silver"]["datasets"]["users"]
    kept = [each for each in ["a", "b", "c"] if each not in aside]
    assert result["outcomes"] == outcomes(inserted=len(kept), quarantined=len(aside))
    assert sorted(row["user_id"] for row in lake.table("silver", "users")) == kept
    assert sorted(row["key"] for row in lake.table("quarantine", "users")) == sorted(["before", *aside])
    told = json.loads(lake.delta("quarantine", "users").history(1)[0]["userMetadata"])
    assert (told["batch"], told["rows"]) == (2, len(aside))


def test_equal_rows_come_back_as_often_as_they_were_set_aside_and_what_breaks_a_rule_still_is_set_aside_again(users: LakeBucket) -> None:
    users.run(users.land("users", 1, USERS, [user("a", 1, email="nobody"), user("a", 1, email="nobody"), user("b", 1, age=-1)]))
    users.contract(RULED)
    result = users.run(release(users, 2))["silver"]["datasets"]["users"]
    assert result["outcomes"] == outcomes(inserted=1, superseded=1, quarantined=1)
    assert closed(users) == {
        ("users.email.pattern", 2, "taken back"): 2,
        ("users.age.range", 2, "taken back"): 1,
        ("users.age.range", None, None): 1,
    }
    assert users.run(release(users, 3))["silver"]["datasets"]["users"]["outcomes"] == outcomes(quarantined=1)


def test_a_release_that_died_before_it_closed_its_rows_closes_them_when_it_goes_on(
    users: LakeBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    users.run(users.land("users", 1, USERS, [user("a", 1, email="nobody")]))
    users.contract(RULED)
    batch = release(users, 2)
    with monkeypatch.context() as patched:
        patched.setattr(silver_batch, "close_rows", dies)
        assert users.run(batch)["silver"]["datasets"]["users"]["error"] == "InterruptedError"
    again = users.run(batch)
    assert again["bronze"]["datasets"]["users"]["takenBack"]["rows"] == 1
    assert again["silver"]["datasets"]["users"]["outcomes"] == outcomes(inserted=1)
    assert closed(users) == {("users.email.pattern", 2, "taken back"): 1}


def test_a_row_set_aside_whose_key_the_source_has_no_more_is_closed_as_gone(users: LakeBucket) -> None:
    users.run(users.land("users", 1, USERS, [user("a", 1), user("b", 1, email="nobody"), user("c", 1, email="nobody")]))
    users.run(users.land("users", 2, USERS, [user("a", 2)], keys=[{"user_id": "a"}, {"user_id": "c"}]))
    assert {(row["key"], row["_closed_by"], row["_closed_as"]) for row in users.table("quarantine", "users")} == {
        ("b", 2, "gone"),
        ("c", None, None),
    }
    users.contract(RULED)
    assert users.run(release(users, 3))["silver"]["datasets"]["users"]["outcomes"] == outcomes(inserted=1)
    assert sorted(row["user_id"] for row in users.table("silver", "users")) == ["a", "c"]


def test_a_snapshot_closes_what_the_ones_before_set_aside(lake: LakeBucket) -> None:
    lake.contract(users_contract(mode="snapshot", sequence=None, deletions=False))
    for seq in (1, 2):
        lake.run(lake.land("users", seq, USERS, [user("a", 1), user("b", 1, email="nobody", age=seq)], complete=True))
    assert closed(lake) == {("users.email.pattern", 2, "gone"): 1, ("users.email.pattern", None, None): 1}


@pytest.mark.parametrize("mode", ["cursor", "append"])
def test_a_row_that_is_read_and_set_aside_again_is_open_once_and_comes_back_once(lake: LakeBucket, mode: str) -> None:
    lake.contract(users_contract(mode=mode))
    for seq in (1, 2, 3):
        landing = [user("a", 1), user("b", 1, email="nobody"), user("c", seq, email="nobody")]
        result = lake.run(lake.land("users", seq, USERS, landing))["silver"]["datasets"]["users"]
        assert result["outcomes"]["quarantined"] == 2
    found = sorted(
        (row["key"], row["_batch"], row["_closed_by"], row["_closed_as"]) for row in lake.table("quarantine", "users") if row["key"] == "b"
    )
    assert found == [("b", 1, 2, "read again"), ("b", 2, 3, "read again"), ("b", 3, None, None)]
    assert closed(lake)[("users.email.pattern", None, None)] == 4
    lake.contract({**RULED, "load": users_contract(mode=mode)["load"]})
    assert lake.run(release(lake, 4))["bronze"]["datasets"]["users"]["takenBack"]["rows"] == 4
    assert sorted(row["user_id"] for row in lake.table("silver", "users")) == ["a", "b", "c"]


def test_a_row_that_is_read_again_and_accepted_by_then_is_open_no_more(users: LakeBucket) -> None:
    rows = [user("a", 1, email="nobody"), user("b", 1, email="nobody")]
    users.run(users.land("users", 1, USERS, rows))
    users.contract(RULED)
    assert users.run(users.land("users", 2, USERS, rows[:1]))["silver"]["datasets"]["users"]["outcomes"] == outcomes(inserted=1)
    assert {(row["key"], row["_closed_by"], row["_closed_as"]) for row in users.table("quarantine", "users")} == {
        ("a", 2, "read again"),
        ("b", None, None),
    }


def test_records_without_a_key_that_are_read_and_set_aside_again_are_open_once(lake: LakeBucket) -> None:
    positive = {"id": "metrics.amount.range", "kind": "range", "column": "amount", "min": "0", "max": None, "action": "quarantine"}
    lake.contract(events_contract("metrics", key=[], rules=[positive]))
    for seq, mode in ((1, "incremental"), (2, "full")):
        lake.run(lake.land("metrics", seq, RECORD, [record(1, event("E1", amount=-5))], source="kafka", mode=mode))
    assert sorted((row["_batch"], row["_closed_as"]) for row in lake.table("quarantine", "metrics")) == [(1, "read again"), (2, None)]


@pytest.mark.parametrize("after", [None, 1], ids=["the first batch", "a later batch"])
def test_what_a_batch_set_aside_that_was_given_up_goes_with_the_batch_that_reads_it_again(
    users: LakeBucket, monkeypatch: pytest.MonkeyPatch, after: int | None
) -> None:
    bad = [user("b", 1, email="nobody"), user("c", 1, email="nobody")]
    if after:
        users.run(users.land("users", 1, USERS, [user("a", 1), user("kept", 1, email="nobody")]))
    given_up = (after or 0) + 1
    with monkeypatch.context() as patched:
        patched.setattr(silver_batch, "write_silver", dies)
        users.run(users.land("users", given_up, USERS, [user("d", 1), *bad]))
    assert {row["_batch"] for row in users.table("quarantine", "users")} == {*([after] if after else []), given_up}
    next_one = {**users.land("users", given_up + 1, USERS, [user("d", 1), bad[0], user("c", 2)]), "after": after}
    assert users.run(next_one)["silver"]["datasets"]["users"]["outcomes"] == outcomes(inserted=2, quarantined=1)
    kept = [("kept", 1)] if after else []
    assert sorted((row["key"], row["_batch"]) for row in users.table("quarantine", "users")) == [("b", given_up + 1), *kept]


def test_a_release_after_a_batch_that_was_given_up_takes_back_nothing_of_it(users: LakeBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    users.run(users.land("users", 1, USERS, [user("a", 1, email="nobody")]))
    with monkeypatch.context() as patched:
        patched.setattr(silver_batch, "write_silver", dies)
        users.run(users.land("users", 2, USERS, [user("b", 1, email="nobody")]))
    users.contract(RULED)
    result = users.run({**release(users, 3), "after": 1})
    assert result["bronze"]["datasets"]["users"]["takenBack"]["rows"] == 1
    assert [row["user_id"] for row in users.table("silver", "users")] == ["a"]
    assert closed(users) == {("users.email.pattern", 3, "taken back"): 1}


def test_a_release_in_vain_closes_what_it_took_back_as_such(users: LakeBucket) -> None:
    users.run(users.land("users", 1, USERS, [user("b", 1, email="nobody")]))
    users.run(release(users, 2))
    assert closed(users) == {("users.email.pattern", 2, "taken back"): 1, ("users.email.pattern", None, None): 1}


def closed(lake: LakeBucket) -> dict[tuple[Any, ...], int]:
    counts: dict[tuple[Any, ...], int] = {}
    for row in lake.table("quarantine", "users"):
        what = (row["rule"], row["_closed_by"], row["_closed_as"])
        counts[what] = counts.get(what, 0) + 1
    return counts
