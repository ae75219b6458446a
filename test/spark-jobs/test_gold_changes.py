"""Gold by changed keys: only what an input's changes touch is made again, and the table is what a build of the whole would make."""

from typing import Any

import pyarrow as pa
import pytest
from lake_bucket import LakeBucket, Row
from test_gold import build, gold_contract, models  # noqa: F401
from test_layers import USERS, user, users_contract

BY_COUNTRY = "SELECT country, count(*) AS users, max(age) AS oldest FROM silver.users GROUP BY country"
# A user, with how many share the country: touched by its own changes and by those of its country.
NEIGHBOURS = "SELECT u.user_id, u.country, c.users FROM silver.users u JOIN gold.by_country c ON c.country = u.country"
INCREMENTAL = {
    "by_country": {"key": ["country"], "inputs": {"silver.users": "same"}},
    "neighbours": {
        "key": ["user_id"],
        "inputs": {
            "silver.users": "SELECT user_id FROM changed",
            "gold.by_country": "SELECT u.user_id FROM silver.users u JOIN changed ON changed.country = u.country",
        },
    },
}


@pytest.fixture
def gold(lake: LakeBucket, models: dict[str, str]) -> LakeBucket:  # noqa: F811
    lake.contract(users_contract(mode="snapshot", maxDeleteShare=1))
    by_country = gold_contract("by_country", ["country"], country="string", users="bigint", oldest="int")
    neighbours = gold_contract("neighbours", ["user_id"], user_id="string", country="string", users="bigint")
    for contract in (by_country, neighbours):
        lake.gold_contract({**contract, "incremental": INCREMENTAL[contract["table"]]})
    models.update(by_country=BY_COUNTRY, neighbours=NEIGHBOURS)
    return lake


def load(lake: LakeBucket, seq: int, rows: list[Row]) -> dict[str, Any]:
    lake.run(lake.land("users", seq, USERS, rows, complete=True))
    return build(lake, seq, users=seq - 1)


def test_only_touched_keys_are_made_again_and_untouched_tables_are_left_alone(gold: LakeBucket) -> None:
    first = load(gold, 1, [user("a", 1), user("b", 1), user("c", 1, country="DEU"), user("d", 1, country="FRA")])
    assert {name: (result["built"], result["why"]) for name, result in first.items()} == {
        "by_country": ("whole", "it was never built"),
        "neighbours": ("whole", "it was never built"),
    }
    # b moves, c grows older, d goes.
    second = load(gold, 2, [user("a", 1), user("b", 2, country="DEU"), user("c", 2, age=40)])
    assert {name: (result["built"], result["changed"], result["rows"]) for name, result in second.items()} == {
        "by_country": ("keys", 2, 2),
        "neighbours": ("keys", 3, 3),
    }
    assert tables(gold) == [
        {("DEU", 1, 30), ("USA", 2, 40)},
        {("a", "USA", 2), ("b", "DEU", 1), ("c", "USA", 2)},
    ]
    # A change that by_country does not show: what reads it has nothing to do for it.
    third = load(gold, 3, [user("a", 3), user("b", 2, country="DEU"), user("c", 2, age=40)])
    assert {name: (result["built"], result["changed"]) for name, result in third.items()} == {
        "by_country": ("keys", 0),
        "neighbours": ("keys", 0),
    }
    fourth = load(gold, 4, [user("a", 3), user("b", 2, country="DEU"), user("c", 2, age=41)])
    assert (fourth["by_country"]["changed"], fourth["neighbours"]["changed"]) == (1, 0)
    changes = pa.table(gold.delta("gold", "by_country").load_cdf(starting_version=3).read_all()).to_pylist()
    assert sorted((row["country"], row["_change_type"]) for row in changes) == [("USA", "update_postimage"), ("USA", "update_preimage")]


def test_where_the_feed_of_changes_is_gone_the_whole_is_made_and_says_why(gold: LakeBucket) -> None:
    load(gold, 1, [user("a", 1)])
    gold.run(gold.land("users", 2, USERS, [user("a", 2, country="DEU")], complete=True))
    gold.delete("silver/users/_change_data/")
    built = build(gold, 2, users=1)["by_country"]
    assert (built["built"], built["why"]) == ("whole", "silver.users changed, and its changes since version 0 are gone")
    assert tables(gold)[0] == {("DEU", 1, 30)}


def test_an_input_of_which_the_contract_says_nothing_makes_the_whole(gold: LakeBucket) -> None:
    contract = gold_contract("by_country", ["country"], country="string", users="bigint", oldest="int")
    gold.gold_contract({**contract, "incremental": {"key": ["country"], "inputs": {}}})
    load(gold, 1, [user("a", 1)])
    built = load(gold, 2, [user("a", 2, age=31), user("b", 2)])["by_country"]
    assert (built["built"], built["changed"]) == ("whole", 1)
    assert "of which its contract says nothing" in built["why"]
    assert tables(gold)[0] == {("USA", 2, 31)}


def tables(lake: LakeBucket) -> list[set[tuple[Any, ...]]]:
    return [{tuple(row.values()) for row in lake.table("gold", name)} for name in ("by_country", "neighbours")]
