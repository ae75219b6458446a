"""What Bronze and Silver promise: every row one outcome, every batch one commit, and the same again when a run is repeated."""

import json
from datetime import datetime, timezone
from typing import Any

import pytest
from lake_bucket import LakeBucket, Row, layer_hash_of
from medallion import silver_batch

USERS = {"user_id": "VARCHAR", "email": "VARCHAR", "country": "VARCHAR", "age": "BIGINT", "updated_at": "VARCHAR"}


def users_contract(**load: Any) -> Row:
    column = {"required": False, "class": "internal"}
    return {
        "dataset": "users",
        "version": "1.0.0",
        "source": "postgres",
        "load": {"mode": "cursor", "sequence": "updated_at", "deletions": True, "maxDeleteShare": 0.5, **load},
        "key": ["user_id"],
        "columns": [
            {"name": "user_id", "type": "string", **column},
            {"name": "email", "type": "string", **column, "class": "PII"},
            {"name": "country", "type": "string", **column},
            {"name": "age", "type": "int", **column},
            {"name": "updated_at", "type": "timestamp", **column},
        ],
        "rules": [
            {"id": "users.email.pattern", "column": "email", "kind": "pattern", "pattern": r"^[^@\s]+@[^@\s]+$", "action": "quarantine"},
            {"id": "users.country.required", "column": "country", "kind": "required", "action": "quarantine"},
            {"id": "users.country.allowed", "column": "country", "kind": "allowed", "values": ["USA", "DEU"], "action": "warn"},
            {"id": "users.age.range", "column": "age", "kind": "range", "min": "0", "max": None, "action": "quarantine"},
        ],
        "partitioning": [],
        "freshnessHours": 2,
    }


def user(user_id: str | None, second: int, **other: Any) -> Row:
    at = f"2024-01-15 10:00:{second:02d}.000001+00"
    return {"user_id": user_id, "email": f"{user_id}@company.com", "country": "USA", "age": 30, "updated_at": at, **other}


@pytest.fixture
def users(lake: LakeBucket) -> LakeBucket:
    lake.contract(users_contract())
    return lake


def outcomes(**counts: int) -> dict[str, int]:
    none = dict.fromkeys(["inserted", "updated", "unchanged", "superseded", "deleted", "quarantined"], 0)
    return {"read": sum(counts.values()), **none, **counts}


def test_every_row_of_a_batch_has_one_outcome_and_the_newest_of_a_key_wins(users: LakeBucket) -> None:
    first = [user("a", 1), user("b", 1), user("b", 2, email="b2@company.com"), user("c", 1)]
    users.run(users.land("users", 1, USERS, first))
    second = [
        user("a", 1),
        user("b", 1),
        user("c", 3, country="DEU"),
        user("d", 1),
        user("e", 1, email="nobody"),
        user(None, 1, email="x@company.com"),
    ]
    result = users.run(users.land("users", 2, USERS, second))["silver"]["datasets"]["users"]
    assert result["outcomes"] == outcomes(unchanged=1, superseded=1, updated=1, inserted=1, quarantined=2)
    assert result["hash"] == layer_hash_of(USERS, second)
    found = {row["user_id"]: (row["email"], row["country"], row["updated_at"], row["_batch"]) for row in users.table("silver", "users")}
    assert found == {
        "a": ("a@company.com", "USA", at(1), 1),
        "b": ("b2@company.com", "USA", at(2), 1),
        "c": ("c@company.com", "DEU", at(3), 2),
        "d": ("d@company.com", "USA", at(1), 2),
    }
    assert {row["_sequence"] - row["updated_at"].timestamp() * 1_000_000 for row in users.table("silver", "users")} == {0.0}


def test_a_run_that_is_repeated_changes_nothing_and_says_the_same(users: LakeBucket) -> None:
    batch = users.land("users", 1, USERS, [user("a", 1), user("b", 1, email="nobody")], keys=[{"user_id": "a"}, {"user_id": "b"}])
    first, again = users.run(batch), users.run(batch)
    for layer in ("bronze", "silver"):
        before, after = first[layer]["datasets"]["users"], again[layer]["datasets"]["users"]
        assert (before["alreadyCommitted"], after["alreadyCommitted"]) == (False, True)
        assert numbers_of(before) == numbers_of(after)
    assert [users.delta(layer, "users").version() for layer in ("bronze", "silver", "quarantine")] == [0, 0, 0]


def test_a_batch_below_the_last_one_is_refused_by_name_and_the_other_datasets_go_on(users: LakeBucket) -> None:
    users.contract({**users_contract(), "dataset": "others"})
    late = users.land("users", 1, USERS, [user("a", 1)])
    users.run(users.land("users", 2, USERS, [user("b", 1)]))
    results = users.run(late, users.land("others", 1, USERS, [user("a", 1)]))
    assert results["bronze"]["datasets"]["users"]["error"] == "BatchOutOfOrder"
    assert results["bronze"]["datasets"]["others"]["status"] == "ok"
    assert list(results["silver"]["datasets"]) == ["others"]
    assert [row["user_id"] for row in users.table("bronze", "users")] == ["b"]


def test_a_landing_that_is_not_what_its_manifest_says_goes_no_further(users: LakeBucket) -> None:
    result = users.run(users.land("users", 1, USERS, [user("a", 1)], claimed_hash="1" * 32))["bronze"]["datasets"]["users"]
    assert (result["status"], result["error"]) == ("failed", "ManifestMismatch")
    assert layer_hash_of(USERS, [user("a", 1)]) in result["cause"]


def test_a_row_set_aside_is_there_once_with_its_rule_its_masked_value_and_all_that_landed(users: LakeBucket) -> None:
    rows = [
        user("a", 1, email="nobody", age=-1),
        user("b", 1, country=None),
        user("c", 1, age=2**31),
        user("d", 1, updated_at="yesterday"),
        user("e", 1, country="FRA"),
    ]
    result = users.run(users.land("users", 1, USERS, rows))["silver"]["datasets"]["users"]
    assert result["outcomes"] == outcomes(quarantined=4, inserted=1)
    assert result["rules"] == {
        "users.email.pattern": 1,
        "users.age.range": 1,
        "users.country.required": 1,
        "users.age.type": 1,
        "users.updated_at.type": 1,
        "users.country.allowed": 1,
    }
    found = {row["key"]: [row["rule"], row["column"], row["masked_value"]] for row in users.table("quarantine", "users")}
    assert found == {
        "a": ["users.email.pattern", "email", "***"],
        "b": ["users.country.required", "country", None],
        "c": ["users.age.type", "age", "2147483648"],
        "d": ["users.updated_at.type", "updated_at", "yesterday"],
    }
    landed = [{name: value for name, value in row.items() if value is not None} for row in rows[:4]]
    assert sorted((json.loads(row["raw"]) for row in users.table("quarantine", "users")), key=lambda raw: raw["user_id"]) == landed


def test_a_death_between_quarantine_and_silver_sets_no_row_aside_twice(users: LakeBucket, monkeypatch: pytest.MonkeyPatch) -> None:
    batch = users.land("users", 1, USERS, [user("a", 1), user("b", 1, email="nobody")])
    with monkeypatch.context() as patched:
        patched.setattr(silver_batch, "write_silver", dies)
        assert users.run(batch)["silver"]["datasets"]["users"]["error"] == "InterruptedError"
    result = users.run(batch)["silver"]["datasets"]["users"]
    assert result["outcomes"] == outcomes(inserted=1, quarantined=1)
    assert [row["key"] for row in users.table("quarantine", "users")] == ["b"]


def test_a_key_that_the_source_no_longer_has_is_deleted_and_a_row_set_aside_is_still_there(users: LakeBucket) -> None:
    users.run(users.land("users", 1, USERS, [user(name, 1) for name in "abcdef"]))
    keys = [{"user_id": name} for name in "abcde"]
    changed = [user("a", 2), user("b", 2, email="nobody")]
    result = users.run(users.land("users", 2, USERS, changed, keys=keys))["silver"]["datasets"]["users"]
    assert (result["outcomes"], result["deletedByAbsence"]) == (outcomes(updated=1, quarantined=1), 1)
    result = users.run(users.land("users", 3, USERS, [], keys=keys[:4]))["silver"]["datasets"]["users"]
    assert (result["outcomes"], result["deletedByAbsence"]) == (outcomes(), 1)
    assert sorted(row["user_id"] for row in users.table("silver", "users")) == ["a", "b", "c", "d"]
    assert users.delta("silver", "users").version() == 2


def test_more_keys_gone_than_the_contract_allows_are_taken_for_a_mistake(users: LakeBucket) -> None:
    users.run(users.land("users", 1, USERS, [user(name, 1) for name in "abc"]))
    result = users.run(users.land("users", 2, USERS, [], keys=[{"user_id": "a"}]))["silver"]["datasets"]["users"]
    assert (result["status"], result["error"]) == ("failed", "MassDeletion")
    assert len(users.table("silver", "users")) == 3


def test_a_snapshot_is_the_whole_table_and_its_newest_batch_wins_whatever_its_rows_say(lake: LakeBucket) -> None:
    lake.contract(users_contract(mode="snapshot"))
    lake.run(lake.land("users", 1, USERS, [user(name, 5) for name in "abc"], complete=True))
    result = lake.run(lake.land("users", 2, USERS, [user("a", 5), user("b", 1)], complete=True))["silver"]["datasets"]["users"]
    assert (result["outcomes"], result["deletedByAbsence"]) == (outcomes(unchanged=1, updated=1), 1)
    assert {row["user_id"]: row["updated_at"] for row in lake.table("silver", "users")} == {"a": at(5), "b": at(1)}


def test_immutable_rows_are_never_replaced_nor_deleted_and_a_repetition_is_superseded(lake: LakeBucket) -> None:
    lake.contract(users_contract(mode="append"))
    lake.run(lake.land("users", 1, USERS, [user("a", 1), user("b", 1)]))
    second = [user("a", 1), user("b", 2), user("c", 2), user("c", 1)]
    result = lake.run(lake.land("users", 2, USERS, second, complete=True))["silver"]["datasets"]["users"]
    assert (result["outcomes"], result["deletedByAbsence"]) == (outcomes(unchanged=1, superseded=2, inserted=1), 0)
    assert {row["user_id"]: row["updated_at"] for row in lake.table("silver", "users")} == {"a": at(1), "b": at(1), "c": at(1)}


def test_rules_over_rows_and_a_rule_that_fails_the_batch(lake: LakeBucket) -> None:
    rules = [
        {"id": "users.email.unique", "column": "email", "kind": "unique", "action": "quarantine"},
        {"id": "users.adult", "kind": "sql", "expression": "NOT coalesce((age < 18), false)", "action": "fail"},
    ]
    lake.contract({**users_contract(), "rules": rules})
    rows = [user("a", 1, email="one@company.com"), user("b", 1, email="one@company.com"), user("c", 1), user("c", 2)]
    result = lake.run(lake.land("users", 1, USERS, rows))["silver"]["datasets"]["users"]
    assert result["outcomes"] == outcomes(quarantined=2, inserted=1, superseded=1)
    result = lake.run(lake.land("users", 2, USERS, [user("d", 1, age=17), user("e", 1)]))["silver"]["datasets"]["users"]
    assert (result["status"], result["error"]) == ("failed", "RuleFailed")
    assert [row["user_id"] for row in lake.table("silver", "users")] == ["c"]


def test_a_date_that_a_rule_cannot_read_is_for_the_rule_to_find(lake: LakeBucket) -> None:
    rule = {"id": "users.dated", "kind": "sql", "expression": "to_date(country, 'yyyy-MM-dd') IS NOT NULL", "action": "quarantine"}
    lake.contract({**users_contract(), "rules": [rule]})
    rows = [user("a", 1, country="2024-01-05"), user("b", 1, country="2024-1-5"), user("c", 1, country="USA")]
    result = lake.run(lake.land("users", 1, USERS, rows))["silver"]["datasets"]["users"]
    assert (result["outcomes"], result["rules"]) == (outcomes(quarantined=2, inserted=1), {"users.dated": 2})


def test_a_row_without_what_orders_it_never_passes_whatever_the_contract_says(lake: LakeBucket) -> None:
    rule = {"id": "users.updated_at.required", "column": "updated_at", "kind": "required", "action": "warn"}
    lake.contract({**users_contract(), "rules": [rule]})
    result = lake.run(lake.land("users", 1, USERS, [user("a", 1, updated_at=None), user("b", 1)]))["silver"]["datasets"]["users"]
    assert (result["outcomes"], result["rules"]) == (outcomes(quarantined=1, inserted=1), {"users.updated_at.required": 1})


def test_a_column_that_the_contract_gains_joins_the_table_with_the_batch(users: LakeBucket) -> None:
    users.run(users.land("users", 1, USERS, [user("a", 1), user("b", 1)]))
    wider = users_contract()
    wider["columns"].append({"name": "plan", "type": "string", "required": False, "class": "internal"})
    users.contract(wider)
    users.run(users.land("users", 2, {**USERS, "plan": "VARCHAR"}, [user("a", 2, plan="gold")]))
    assert {row["user_id"]: row["plan"] for row in users.table("silver", "users")} == {"a": "gold", "b": None}
    assert users.delta("silver", "users").version() == 1


def test_times_long_ago_and_far_ahead_are_kept_to_the_microsecond(users: LakeBucket) -> None:
    times = ["0001-01-01 00:00:00.000001+00", "1899-12-31 23:59:59.999999+00", "9999-12-31 23:59:59.999999+00"]
    users.run(users.land("users", 1, USERS, [user(time[:4], 1, updated_at=time) for time in times]))
    assert sorted(f"{row['updated_at']:%H:%M:%S.%f}" for row in users.table("silver", "users")) == sorted(time[11:26] for time in times)
    assert sorted(row["updated_at"].year for row in users.table("silver", "users")) == [1, 1899, 9999]


def test_tables_keep_their_history_for_a_resumed_run_and_silver_its_changes(users: LakeBucket) -> None:
    users.run(users.land("users", 1, USERS, [user("a", 1)]))
    kept = {layer: users.delta(layer, "users").metadata().configuration for layer in ("bronze", "silver")}
    assert kept["bronze"]["delta.logRetentionDuration"] == kept["silver"]["delta.logRetentionDuration"] == "interval 30 days"
    assert kept["silver"]["delta.enableChangeDataFeed"] == "true"
    assert users.delta("bronze", "users").metadata().partition_columns == ["_batch"]


def at(second: int) -> datetime:
    return datetime(2024, 1, 15, 10, 0, second, 1, timezone.utc)


def numbers_of(result: Row) -> Row:
    return {name: value for name, value in result.items() if name not in ("seconds", "alreadyCommitted")}


def dies(*_: object) -> None:
    raise InterruptedError
