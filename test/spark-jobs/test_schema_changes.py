"""What becomes of a Silver table when its source or its contract changes: new columns, new names, other types, versions from now on."""

from lake_bucket import LakeBucket
from test_layers import USERS, at, outcomes, user, users_contract

EXTRA = {**USERS, "team": "VARCHAR", "level": "BIGINT"}


def test_a_column_that_only_the_source_has_joins_the_table_where_the_contract_lets_it_evolve(lake: LakeBucket) -> None:
    lake.contract({**users_contract(), "schemaPolicy": "evolve"})
    lake.contract({**users_contract(), "dataset": "discarding", "schemaPolicy": "discard"})
    rows = [user("a", 2, team="blue", level=3)]
    for dataset in ("users", "discarding"):
        lake.run(lake.land(dataset, 1, USERS, [user("a", 1), user("b", 1)]))
        lake.run(lake.land(dataset, 2, EXTRA, rows))
        lake.run(lake.land(dataset, 3, USERS, [user("a", 3)]))
    assert {row["user_id"]: (row["team"], row["level"]) for row in lake.table("silver", "users", 1)} == {
        "a": ("blue", 3),
        "b": (None, None),
    }
    assert {row["user_id"]: (row["team"], row["updated_at"]) for row in lake.table("silver", "users")} == {
        "a": (None, at(3)),
        "b": (None, at(1)),
    }
    assert not {"team", "level"} & set(lake.table("silver", "discarding")[0])


def test_a_renamed_column_goes_on_under_its_new_name_with_its_history(lake: LakeBucket) -> None:
    lake.contract(users_contract())
    lake.run(lake.land("users", 1, USERS, [user("a", 1), user("b", 1)]))
    renamed = {**users_contract(), "version": "2.0.0", "rules": []}
    renamed["columns"] = [
        {**each, "name": "nation", "aliases": ["country"]} if each["name"] == "country" else each for each in renamed["columns"]
    ]
    lake.contract(renamed)
    landed = {**{name: type_ for name, type_ in USERS.items() if name != "country"}, "nation": "VARCHAR"}
    row = {name: value for name, value in user("a", 2).items() if name != "country"}
    lake.run(lake.land("users", 2, landed, [{**row, "nation": "DEU"}]))
    found = {row["user_id"]: row["nation"] for row in lake.table("silver", "users")}
    assert found == {"a": "DEU", "b": "USA"}
    assert "country" not in lake.table("silver", "users")[0]


def test_a_wider_type_keeps_every_value_and_a_narrower_one_that_would_lose_some_is_refused(lake: LakeBucket) -> None:
    lake.contract(users_contract())
    lake.run(lake.land("users", 1, USERS, [user("a", 1, age=30), user("b", 1, age=300)]))
    lake.contract(with_type("bigint"))
    lake.run(lake.land("users", 2, USERS, [user("a", 2, age=2**40)]))
    assert {row["user_id"]: row["age"] for row in lake.table("silver", "users")} == {"a": 2**40, "b": 300}
    lake.contract(with_type("smallint"))
    result = lake.run(lake.land("users", 3, USERS, [user("c", 3)]))["silver"]["datasets"]["users"]
    assert (result["error"], "1 of age" in result["cause"]) == ("TypeChangeLosesValues", True)


def test_a_table_begins_to_keep_versions_with_what_it_has(lake: LakeBucket) -> None:
    lake.contract(users_contract())
    lake.run(lake.land("users", 1, USERS, [user("a", 1), user("b", 1)]))
    lake.contract({**users_contract(history="scd2"), "version": "2.0.0"})
    result = lake.run(lake.land("users", 2, USERS, [user("a", 4)]))["silver"]["datasets"]["users"]
    assert result["outcomes"] == outcomes(updated=1)
    found = {(row["user_id"], row["valid_from"], row["valid_to"], row["is_current"]) for row in lake.table("silver", "users")}
    assert found == {("a", at(1), at(4), False), ("a", at(4), None, True), ("b", at(1), None, True)}


def with_type(type_: str) -> dict[str, object]:
    contract = {**users_contract(), "version": "2.0.0"}
    contract["columns"] = [{**each, "type": type_} if each["name"] == "age" else each for each in contract["columns"]]
    return contract


def test_a_contract_that_gives_up_versions_is_refused_by_name_and_the_table_keeps_them(lake: LakeBucket) -> None:
    lake.contract(users_contract(history="scd2"))
    lake.run(lake.land("users", 1, USERS, [user("a", 1)]))
    lake.run(lake.land("users", 2, USERS, [user("a", 2)]))
    lake.contract({**users_contract(), "version": "2.0.0"})
    result = lake.run(lake.land("users", 3, USERS, [user("a", 3)]))["silver"]["datasets"]["users"]
    assert (result["status"], result["error"]) == ("failed", "HistoryKept")
    assert len(lake.table("silver", "users")) == 2


def test_other_partitions_hold_the_rows_of_before_and_take_new_ones(lake: LakeBucket) -> None:
    lake.contract(users_contract())
    lake.run(lake.land("users", 1, USERS, [user("a", 1), user("b", 1)]))
    lake.contract({**users_contract(), "version": "2.0.0", "partitioning": ["country"]})
    result = lake.run(lake.land("users", 2, USERS, [user("c", 2, country="DEU")]))["silver"]["datasets"]["users"]
    assert (result["status"], result["outcomes"]) == ("ok", outcomes(inserted=1))
    assert lake.delta("silver", "users").metadata().partition_columns == ["country"]
    assert {row["user_id"]: row["country"] for row in lake.table("silver", "users")} == {"a": "USA", "b": "USA", "c": "DEU"}
