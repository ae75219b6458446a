"""What the layers promise: every row one outcome, every batch one commit, and the same again when a run is repeated."""

from typing import Any

import pytest
from lake_bucket import LakeBucket, Row

USERS = {"user_id": "VARCHAR", "email": "VARCHAR", "country": "VARCHAR", "age": "BIGINT", "updated_at": "VARCHAR"}


def users_contract(**load: Any) -> Row:
    column = {"required": False, "class": "internal"}
    return {
        "dataset": "users",
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
    emails = {row["user_id"]: (row["email"], row["country"], row["_sequence"]) for row in users.table("silver", "users")}
    at = 1_705_312_800_000_001
    assert emails == {
        "a": ("a@company.com", "USA", at + 1_000_000),
        "b": ("b2@company.com", "USA", at + 2_000_000),
        "c": ("c@company.com", "DEU", at + 3_000_000),
        "d": ("d@company.com", "USA", at + 1_000_000),
    }
