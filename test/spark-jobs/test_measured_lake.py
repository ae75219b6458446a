"""What is measured of an untouched lake is what was loaded; a value altered, a row taken away or put in is seen where it was done."""

import json
from typing import Any

import pyarrow as pa
import pytest
from deltalake import write_deltalake
from lake_bucket import LakeBucket, Row, layer_hash_of
from medallion.measured_lake import measure_lake
from test_layers import USERS, user, users_contract

FIRST = [user("a", 1), user("b", 1), user("c", 1, email="nobody")]
SECOND = [user("a", 2), user("d", 2)]
KEYS = {"user_id": "VARCHAR"}


@pytest.fixture
def loaded(lake: LakeBucket) -> LakeBucket:
    lake.contract(users_contract())
    lake.run(lake.land("users", 1, USERS, FIRST))
    lake.run(lake.land("users", 2, USERS, SECOND, keys=[{"user_id": each} for each in "abcd"]))
    return lake


def test_each_layer_is_measured_and_what_is_altered_in_one_is_seen_there_alone(loaded: LakeBucket) -> None:
    before = measured(loaded)
    first, second = {"rows": 3, "hash": layer_hash_of(USERS, FIRST)}, {"rows": 2, "hash": layer_hash_of(USERS, SECOND)}
    keys = {"rows": 4, "hash": layer_hash_of(KEYS, [{"user_id": each} for each in "abcd"])}
    assert list(before["landing"].values()) == [first, second, keys]
    assert before["bronze"] == {"1": {**first, "wrong": 0}, "2": {**second, "wrong": 0}}
    assert {batch: each["rows"] for batch, each in before["silver"].items()} == {"1": 1, "2": 2}
    assert {(each["wrong"], each["unknown"]) for each in before["silver"].values()} == {(0, 0)}
    assert before["quarantine"]["1"]["rows"] == 1

    replace_landed(loaded, "rows-0001", [user("a", 1), user("b", 1, age=31), user("c", 1, email="nobody")])
    rewrite(loaded, "bronze", lambda row: [{**row, "age": 31}] if row["user_id"] == "d" else [row])
    rewrite(loaded, "silver", lambda row: [{**row, "email": "x@company.com"}] if row["user_id"] == "b" else [row])
    rewrite(loaded, "quarantine", lambda row: [])
    after = measured(loaded)
    altered, *others = after["landing"].values()
    assert others == [second, keys]
    assert altered == {"rows": 3, "hash": layer_hash_of(USERS, [FIRST[0], user("b", 1, age=31), FIRST[2]])}
    assert (after["bronze"]["1"], after["bronze"]["2"]["wrong"]) == (before["bronze"]["1"], 1)
    assert (after["silver"]["2"], after["silver"]["1"]["wrong"]) == (before["silver"]["2"], 1)
    assert after["silver"]["1"]["hash"] != before["silver"]["1"]["hash"]
    assert after["quarantine"] == {}


def test_a_row_taken_away_and_one_put_in_change_what_is_measured_of_their_batch(loaded: LakeBucket) -> None:
    before = measured(loaded)
    rewrite(loaded, "bronze", lambda row: [] if row["user_id"] == "d" else [row])
    rewrite(loaded, "silver", lambda row: [row, {**row, "user_id": "z", "_row_hash": "0" * 32}] if row["user_id"] == "b" else [row])
    after = measured(loaded)
    assert after["bronze"]["2"]["rows"] == 1
    assert (after["silver"]["1"]["rows"], after["silver"]["1"]["unknown"], after["silver"]["1"]["wrong"]) == (2, 1, 1)
    # The raw row of `d` is not in Bronze any more.
    assert (after["silver"]["2"]["hash"], after["silver"]["2"]["unknown"]) == (before["silver"]["2"]["hash"], 1)


def measured(lake: LakeBucket) -> Row:
    objects = {role: [f"{lake.address}/{key}" for key in lake.keys("landing/users/") if f"/{role}-" in key] for role in ("rows", "keys")}
    columns = {"rows": USERS, "keys": KEYS}
    schema: Row = {role: {"columns": [{"name": name, "type": type_} for name, type_ in columns[role].items()]} for role in columns}
    for role in columns:
        schema[role]["objects"] = objects[role]
    plan = {"lake": lake.address, "measured": f"{lake.address}/runs/verify/measured.json"}
    lake.put(
        "runs/verify/plan.json",
        json.dumps({**plan, "datasets": [{"dataset": "users", "schemas": [{"from": 0, "to": 9, **schema}]}]}).encode(),
    )
    measure_lake(f"{lake.address}/runs/verify/plan.json")
    found: Row = lake.object("runs/verify/measured.json")["users"]
    return found


def rewrite(lake: LakeBucket, layer: str, change: Any) -> None:
    """By a writer that is not the pipeline."""
    table = lake.delta(layer, "users")
    rows = table.to_pyarrow_table()
    changed = [row for each in rows.to_pylist() for row in change(each)]
    write_deltalake(table, pa.Table.from_pylist(changed, schema=rows.schema), mode="overwrite")


def replace_landed(lake: LakeBucket, chunk: str, rows: list[Row]) -> None:
    lake.land("other", 1, USERS, rows)
    key = next(each for each in lake.keys("landing/other/") if chunk in each)
    lake.move(key, key.replace("other", "users"))
