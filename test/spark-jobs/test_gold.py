"""What Gold promises: built from the pinned versions, one row a grain, and left alone when nothing has changed."""

import hashlib
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from lake_bucket import LakeBucket, Row
from medallion import gold_layer, gold_models
from test_layers import USERS, dies, user, users_contract

DIM_USERS = """
-- a comment that names silver.nothing
SELECT user_id AS user_key, country FROM silver.users
"""
FACT_COUNTRIES = "SELECT country, count(*) AS users FROM gold.dim_people GROUP BY country"


def gold_contract(table: str, grain: list[str], **columns: str) -> Row:
    described = [{"name": name, "type": type_, "required": name in grain, "class": "internal"} for name, type_ in columns.items()]
    return {"table": table, "version": "1.0.0", "grain": grain, "columns": described, "partitioning": []}


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    sql: dict[str, str] = {}
    monkeypatch.setattr(gold_models, "_sql_of", sql.__getitem__)
    return sql


@pytest.fixture
def gold(lake: LakeBucket, models: dict[str, str]) -> LakeBucket:
    lake.contract(users_contract())
    lake.gold_contract(gold_contract("dim_people", ["user_key"], user_key="string", country="string"))
    lake.gold_contract(gold_contract("fact_countries", ["country"], country="string", users="bigint"))
    lake.gold_contract(gold_contract("fact_orders", ["order_id"], order_id="string"))
    models.update(dim_people=DIM_USERS, fact_countries=FACT_COUNTRIES, fact_orders="SELECT order_id FROM silver.orders")
    return lake


def build(lake: LakeBucket, n: int, whole: tuple[str, ...] = (), **versions: int) -> dict[str, Any]:
    pinned = {"n": n, "inputs": {name: {"version": version} for name, version in versions.items()}, "whole": list(whole)}
    datasets: dict[str, Any] = lake.run(layers=("gold",), gold=pinned)["gold"]["datasets"]
    return datasets


def test_models_read_the_pinned_versions_in_their_order_and_one_without_its_inputs_is_left_out(gold: LakeBucket) -> None:
    gold.run(gold.land("users", 1, USERS, [user("a", 1), user("b", 1)]))
    gold.run(gold.land("users", 2, USERS, [user("c", 1, country="DEU"), user("a", 2, country="DEU")]))
    built = build(gold, 1, users=0)
    assert {name: (result["status"], result["rows"]) for name, result in built.items()} == {
        "dim_people": ("ok", 2),
        "fact_countries": ("ok", 1),
    }
    assert gold.table("gold", "fact_countries") == [{"country": "USA", "users": 2}]
    build(gold, 2, users=1)
    assert sorted((row["country"], row["users"]) for row in gold.table("gold", "fact_countries")) == [("DEU", 2), ("USA", 1)]
    assert [gold.delta("gold", name).version() for name in ("dim_people", "fact_countries")] == [1, 1]


def test_a_build_that_is_repeated_or_has_the_same_inputs_writes_nothing(gold: LakeBucket) -> None:
    gold.run(gold.land("users", 1, USERS, [user("a", 1)]))
    build(gold, 1, users=0)
    assert {result["alreadyCommitted"] for result in build(gold, 1, users=0).values()} == {True}
    assert {result["unchanged"] for result in build(gold, 2, users=0).values()} == {True}
    assert [gold.delta("gold", name).version() for name in ("dim_people", "fact_countries")] == [0, 0]


def test_a_changed_model_is_built_again_and_what_reads_a_failed_one_fails_by_name(gold: LakeBucket, models: dict[str, str]) -> None:
    gold.run(gold.land("users", 1, USERS, [user("a", 1), user("b", 1)]))
    build(gold, 1, users=0)
    models["dim_people"] = "SELECT 'x' AS user_key, country FROM silver.users"
    built = build(gold, 2, users=0)
    assert (built["dim_people"]["error"], built["fact_countries"]["error"]) == ("GrainBroken", "UpstreamFailed")
    models["dim_people"] = "SELECT CASE user_id WHEN 'a' THEN 'a' END AS user_key, country FROM silver.users"
    assert build(gold, 2, users=0)["dim_people"]["error"] == "RequiredMissing"
    models["dim_people"] = "SELECT user_id AS user_key FROM silver.users"
    assert build(gold, 2, users=0)["dim_people"]["error"] == "ColumnMissing"
    assert gold.delta("gold", "dim_people").version() == 0


def test_a_model_that_is_asked_for_is_made_whole_with_what_reads_it_and_mends_what_was_written_by_hand(gold: LakeBucket) -> None:
    gold.run(gold.land("users", 1, USERS, [user("a", 1), user("b", 1)]))
    build(gold, 1, users=0)
    gold.delta("gold", "fact_countries").update({"users": "users + 1"})
    assert all(result["unchanged"] for result in build(gold, 2, users=0).values())
    asked = build(gold, 3, whole=("dim_people",), users=0)
    assert {name: (result["built"], result["why"], result["changed"]) for name, result in asked.items()} == {
        "dim_people": ("whole", "it was asked for", 0),
        "fact_countries": ("whole", "it was asked for", 1),
    }
    assert gold.table("gold", "fact_countries") == [{"country": "USA", "users": 2}]


def test_gold_that_is_not_this_runs_to_build_is_left_to_the_other(gold: LakeBucket) -> None:
    assert gold.run(layers=("gold",))["gold"]["datasets"] == {}


def test_dim_users_has_each_user_and_the_unknown_one_and_any_reader_can_read_it(lake: LakeBucket) -> None:
    names = ["first_name", "last_name", "city", "state"]
    columns = {**USERS, **dict.fromkeys([*names, "registration_date"], "VARCHAR")}
    contract = users_contract(history="scd2")
    contract["columns"] += [{"name": name, "type": "string", "required": False, "class": "PII"} for name in names]
    contract["columns"].append({"name": "registration_date", "type": "date", "required": False, "class": "internal"})
    lake.contract(contract)
    types = {name: "string" for name in ("user_key", "user_id", "email", "country", *names)}
    types.update(dict.fromkeys(("updated_at", "valid_from", "valid_to"), "timestamp"), is_current="boolean", is_first="boolean")
    lake.gold_contract(gold_contract("dim_users", ["user_key"], **types, registration_date="date"))
    lake.run(lake.land("users", 1, columns, [user("USER001", 1, first_name="Zoë", registration_date="2023-01-15")]))
    assert build(lake, 1, users=0)["dim_users"]["rows"] == 2
    rows = {row["user_id"]: row for row in lake.table("gold", "dim_users")}
    version = datetime(2024, 1, 15, 10, 0, 1, 1, timezone.utc)
    micros = (version - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(microseconds=1)
    assert rows["USER001"]["user_key"] == hashlib.sha256(f"USER001/{micros}".encode()).hexdigest()
    assert [rows["USER001"][name] for name in ("valid_from", "valid_to", "is_current", "is_first")] == [version, None, True, True]
    assert (rows["USER001"]["first_name"], str(rows["USER001"]["registration_date"])) == ("Zoë", "2023-01-15")
    assert {name for name, value in rows["unknown"].items() if value is not None} == {"user_key", "user_id", "is_current", "is_first"}
    assert lake.delta("gold", "dim_users").protocol().min_reader_version == 1


def test_data_as_of_says_which_batch_each_table_has_reached_and_whether_a_build_is_under_way(
    gold: LakeBucket, models: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    gold.gold_contract(gold_contract("data_as_of", ["table_name", "dataset"], table_name="string", dataset="string"))
    gold.run(gold.land("users", 1, USERS, [user("a", 1)], planned_at="2024-01-15T11:00:00.250Z"))
    build(gold, 1, users=0)
    gold.run(gold.land("users", 2, USERS, [user("b", 1)], planned_at="2024-01-15T12:00:00.000Z"))
    models["fact_countries"] = "SELECT nothing FROM gold.dim_people"
    assert build(gold, 2, users=1)["fact_countries"]["status"] == "failed"
    found = {(row["table_name"], row["dataset"]): row for row in gold.table("gold", "data_as_of")}
    assert {key: (row["batch"], row["build"], row["is_building"]) for key, row in found.items()} == {
        ("dim_people", "users"): (2, 2, False),
        ("fact_countries", "users"): (1, 1, False),
    }
    assert f"{found['fact_countries', 'users']['data_as_of']:%H:%M:%S.%f}" == "11:00:00.250000"
    with monkeypatch.context() as patched:
        patched.setattr(gold_layer, "each_apart", dies)
        with pytest.raises(InterruptedError):
            build(gold, 3, users=1)
    assert {row["is_building"] for row in gold.table("gold", "data_as_of")} == {True}
    # It goes on, ends, and is repeated by a run that has not heard of its end.
    models["fact_countries"] = FACT_COUNTRIES
    for _ in range(2):
        build(gold, 3, users=1)
        found = {(row["table_name"], row["dataset"]): row for row in gold.table("gold", "data_as_of")}
        assert {key: (row["batch"], row["build"], row["is_building"]) for key, row in found.items()} == {
            ("dim_people", "users"): (2, 3, False),
            ("fact_countries", "users"): (2, 3, False),
        }
