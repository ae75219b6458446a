"""Batches brought in another order, twice, or by a run that died between two layers make the same Silver."""

from collections.abc import Iterator
from itertools import permutations
from typing import Any

import pytest
from lake_bucket import LakeBucket, Row
from test_layers import USERS, user, users_contract

# Versions of the same keys in three batches, one of equal age and two that differ, and one that a rule sets aside.
LANDINGS = [
    [user("a", 1), user("b", 5), user("c", 2, age=30), user("d", 1, email="nobody")],
    [user("a", 3), user("b", 4), user("c", 2, age=31)],
    [user("a", 2), user("b", 5), user("c", 1), user("e", 1)],
]
OF_THE_RUN = {"_run", "_object", "_ingested_at"}
OF_THE_ORDER = {*OF_THE_RUN, "_batch", "_content_hash"}


@pytest.mark.parametrize("history", ["scd1", "scd2"])
def test_whatever_order_batches_come_in_the_newest_of_each_key_is_the_same(lakes: Iterator[LakeBucket], history: str) -> None:
    orders = [list(order) for order in permutations(LANDINGS)]
    forwards, backwards, turned = (silver_after(next(lakes), history, order) for order in (orders[0], orders[5], orders[3]))
    assert forwards == backwards == turned


def test_a_run_that_died_between_two_layers_and_one_that_comes_twice_end_as_one_that_went_through(lakes: Iterator[LakeBucket]) -> None:
    straight, halting = next(lakes), next(lakes)
    for lake in (straight, halting):
        lake.contract(users_contract())
    contents = []
    for seq, rows in enumerate(LANDINGS, start=1):
        straight.run(straight.land("users", seq, USERS, rows))
        batch = halting.land("users", seq, USERS, rows)
        halting.run(batch, layers=("bronze",))
        halting.run(batch)
        contents.append(halting.run(batch)["silver"]["datasets"]["users"]["content"])
    for layer in ("bronze", "silver", "quarantine"):
        assert rows_of(straight, layer, OF_THE_RUN) == rows_of(halting, layer, OF_THE_RUN)
    assert contents[-1]["after"]["rows"] == len(halting.table("silver", "users"))
    assert [halting.delta(layer, "users").version() for layer in ("bronze", "silver")] == [2, 2]


def silver_after(lake: LakeBucket, history: str, landings: list[list[Row]]) -> list[Any]:
    lake.contract(users_contract(history=history))
    for seq, rows in enumerate(landings, start=1):
        lake.run(lake.land("users", seq, USERS, rows))
    return rows_of(lake, "silver", OF_THE_ORDER)


def rows_of(lake: LakeBucket, layer: str, without: set[str]) -> list[Any]:
    return sorted(repr({name: value for name, value in row.items() if name not in without}) for row in lake.table(layer, "users"))
