"""What Silver makes of operations: the newest of a key counts, a deletion takes the row away, what was not sent stays as it was."""

from typing import Any

import pytest
from lake_bucket import LakeBucket, Row
from test_layers import USERS, outcomes, user, users_contract

CHANGES = {**USERS, "_operation": "VARCHAR", "_position": "BIGINT", "_changed_at": "BIGINT", "_kept": "VARCHAR"}
# 2024-01-15 12:00:00 UTC, in microseconds since 1970.
NOON = 1_705_320_000_000_000


@pytest.fixture
def users(lake: LakeBucket) -> LakeBucket:
    lake.contract(changes_contract())
    return lake


def changes_contract(**other: Any) -> Row:
    return {**users_contract(mode="log", sequence=None, deletions=False), **other}


def change(operation: str, position: int, user_id: str, *, at: int | None = None, kept: str | None = None, **values: Any) -> Row:
    """`at`: the second of its transaction, else that of its position."""
    row = {"user_id": user_id} if operation == "delete" else user(user_id, 1, **values)
    changed_at = NOON + (position if at is None else at) * 1_000_000
    return {**row, "_operation": operation, "_position": position, "_changed_at": changed_at, "_kept": kept}


def take(lake: LakeBucket, seq: int, *rows: Row, **said: Any) -> Row:
    result: Row = lake.run(lake.land("users", seq, CHANGES, list(rows), **said))["silver"]["datasets"]["users"]
    return result


def test_another_order_begins_where_the_load_mode_changes_whatever_the_numbers_of_the_one_before(users: LakeBucket) -> None:
    def land(seq: int, *rows: Row, **said: Any) -> Row:
        result: Row = users.run(users.land("users", seq, USERS, list(rows), **said))["silver"]["datasets"]["users"]
        return result["outcomes"]

    take(users, 1, *[change("read", 2**60, name, at=1) for name in "abc"])
    users.contract(users_contract())
    assert land(2, user("a", 2, age=31), user("b", 2), user("c", 2, age=-1)) == outcomes(updated=2, quarantined=1)
    # From here on the column orders rows, of what only the log has told the first one counts.
    assert land(3, user("a", 1, age=32), user("b", 3), user("c", 1, age=33)) == outcomes(superseded=1, updated=2)
    users.contract(users_contract(mode="snapshot", sequence=None))
    assert land(4, user("a", 2, age=34), user("b", 3), user("c", 1, age=33), complete=True) == outcomes(updated=1, unchanged=2)
    assert land(5, user("a", 2, age=31), user("b", 3), user("c", 1, age=33), complete=True) == outcomes(updated=1, unchanged=2)
    users.contract(users_contract(sequence="age"))
    assert land(6, user("a", 2, age=3), user("b", 3)) == outcomes(updated=2)
    years = users_contract(sequence="years")
    columns = [{**each, "name": "years", "aliases": ["age"]} if each["name"] == "age" else each for each in years["columns"]]
    users.contract({**years, "version": "2.0.0", "columns": columns, "rules": []})
    assert land(7, user("a", 2, age=2), user("b", 3, age=31)) == outcomes(superseded=1, updated=1)
    assert {row["user_id"]: (row["years"], row["_sequence"]) for row in users.table("silver", "users")} == {
        "a": (3, 3),
        "b": (31, 31),
        "c": (33, NOON - 7_198_999_999),
    }


def emails(lake: LakeBucket) -> dict[str, str]:
    return {row["user_id"]: row["email"] for row in lake.table("silver", "users")}


def test_the_newest_operation_on_a_key_counts_whatever_the_order_in_which_operations_lie(users: LakeBucket) -> None:
    first = take(
        users,
        1,
        change("update", 30, "a", email="a3@x"),
        change("read", 10, "a"),
        change("delete", 20, "b"),
        change("read", 10, "b"),
        change("read", 10, "c"),
        change("insert", 40, "d"),
        change("delete", 50, "d"),
        change("insert", 60, "d", email="d6@x"),
    )
    assert first["outcomes"] == outcomes(inserted=3, superseded=4, unchanged=1)
    assert emails(users) == {"a": "a3@x", "c": "c@company.com", "d": "d6@x"}
    second = take(users, 2, change("delete", 70, "a"), change("update", 80, "c", email="c8@x"), change("delete", 75, "nobody"))
    assert second["outcomes"] == outcomes(deleted=1, updated=1, unchanged=1)
    assert emails(users) == {"c": "c8@x", "d": "d6@x"}
    again = take(users, 3, change("insert", 90, "a", email="a9@x"), change("update", 79, "c"), change("delete", 55, "d"))
    assert again["outcomes"] == outcomes(inserted=1, superseded=2)
    assert emails(users) == {"a": "a9@x", "c": "c8@x", "d": "d6@x"}
    assert {row["user_id"]: row["_sequence"] for row in users.table("silver", "users")} == {"a": 90, "c": 80, "d": 60}
    assert again["content"]["after"]["rows"] == 3


def test_rules_judge_of_a_deletion_its_key_alone(users: LakeBucket) -> None:
    take(users, 1, change("read", 1, "a"))
    result = take(users, 2, change("delete", 2, "a"), {**change("delete", 3, "x"), "user_id": None})
    assert result["outcomes"] == outcomes(deleted=1, quarantined=1)
    assert result["rules"] == {"users.user_id.required": 1}


def test_a_value_that_went_from_one_key_to_another_is_not_shared(users: LakeBucket) -> None:
    users.contract(changes_contract(rules=[{"id": "users.email.unique", "column": "email", "kind": "unique", "action": "quarantine"}]))
    moved = [change("insert", 1, "a", email="x@x"), change("update", 2, "a", email="y@x"), change("insert", 3, "b", email="x@x")]
    assert take(users, 1, *moved)["outcomes"] == outcomes(inserted=2, superseded=1)
    assert take(users, 2, change("insert", 4, "c", email="y@x"))["outcomes"] == outcomes(quarantined=1)
    assert emails(users) == {"a": "y@x", "b": "x@x"}


def test_a_value_that_was_not_sent_stays_as_the_operation_before_it_or_the_table_has_it(users: LakeBucket) -> None:
    take(users, 1, change("read", 1, "a", email="a1@x", country="DEU"), change("read", 1, "b", email="b1@x"))
    kept = {"kept": '["email","country"]', "email": None, "country": None}
    result = take(
        users,
        2,
        change("update", 2, "a", **kept, age=31),
        change("update", 3, "b", email="b3@x"),
        change("update", 4, "b", **kept, age=32),
        change("update", 5, "unknown", **kept),
    )
    assert result["outcomes"] == outcomes(updated=2, superseded=1, quarantined=1)
    assert result["rules"]["users.kept"] == 1
    found = {row["user_id"]: (row["email"], row["country"], row["age"]) for row in users.table("silver", "users")}
    assert found == {"a": ("a1@x", "DEU", 31), "b": ("b3@x", "USA", 32)}


def test_keys_of_several_texts_that_differ_only_in_where_a_slash_stands_keep_apart(users: LakeBucket) -> None:
    users.contract(changes_contract(key=["user_id", "country"], rules=[]))
    keys = [("a/b", "c"), ("a", "b/c"), ("a\\/b", "c"), ("a\\", "b/c")]
    take(users, 1, *[change("read", 1, key, country=country, email=f"{at}@x") for at, (key, country) in enumerate(keys)])
    kept = [change("update", 2, key, country=country, kept='["email"]', email=None, age=32) for key, country in keys]
    assert take(users, 2, *kept)["outcomes"] == outcomes(updated=4)
    found = {(row["user_id"], row["country"]): (row["email"], row["age"]) for row in users.table("silver", "users")}
    assert found == {key: (f"{at}@x", 32) for at, key in enumerate(keys)}


def test_a_value_is_not_kept_from_an_older_version_than_the_one_that_is_set_aside(users: LakeBucket) -> None:
    take(users, 1, change("read", 1, "a", email="a1@x"))
    take(users, 2, change("update", 2, "a", email="a2@x", age=-1))
    late = take(users, 3, change("update", 3, "a", kept='["email"]', email=None, age=33))
    assert (late["outcomes"], late["rules"]) == (outcomes(quarantined=1), {"users.kept": 1})
    users.contract(changes_contract(rules=[]))
    back = take(users, 4, release={"batch": 3, "rule": None})
    assert back["outcomes"] == outcomes(updated=1, superseded=1)
    assert {(row["email"], row["age"]) for row in users.table("silver", "users")} == {("a2@x", 33)}


def test_what_is_set_aside_is_closed_by_a_later_operation_on_its_key_and_never_comes_back_over_it(users: LakeBucket) -> None:
    first = take(
        users,
        1,
        change("insert", 1, "a", age=-1),
        change("insert", 2, "b", age=-1),
        change("insert", 3, "c", age=-1),
        change("delete", 4, "c"),
    )
    assert first["outcomes"] == outcomes(quarantined=2, superseded=1, unchanged=1)
    take(users, 2, change("delete", 5, "a"))
    assert {(row["key"], row["_closed_by"], row["_closed_as"]) for row in users.table("quarantine", "users")} == {
        ("a", 2, "gone"),
        ("b", None, None),
    }
    users.contract(changes_contract(rules=[]))
    assert take(users, 3, release={"batch": 2, "rule": None})["outcomes"] == outcomes(inserted=1)
    assert list(emails(users)) == ["b"]


def test_a_table_that_was_read_whole_again_loses_what_is_not_in_it(users: LakeBucket) -> None:
    take(users, 1, change("read", 1, "a"), change("read", 1, "b"), change("read", 1, "c"))
    result = take(users, 2, change("read", 9, "a"), change("read", 9, "b"), change("delete", 10, "b"), complete=True)
    assert (result["outcomes"], result["deletedByAbsence"]) == (outcomes(updated=1, superseded=1, deleted=1), 1)
    assert list(emails(users)) == ["a"]


def test_a_server_whose_positions_begin_anew_is_believed_when_it_was_read_whole(users: LakeBucket) -> None:
    take(users, 1, change("read", 500, "a"), change("read", 500, "b"))
    result = take(users, 2, change("read", 9, "a", email="a9@x"), change("read", 9, "b"), change("delete", 10, "b"), complete=True)
    assert result["outcomes"] == outcomes(updated=1, superseded=1, deleted=1)
    take(users, 3, change("update", 11, "a", email="a11@x"))
    assert emails(users) == {"a": "a11@x"}
