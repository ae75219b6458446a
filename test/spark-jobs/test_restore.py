"""A table taken back to an earlier version has, after the batches since were taken once more, what it had before somebody altered it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from lake_bucket import LakeBucket, Row
from medallion import silver_batch
from test_kafka_silver import RECORD, event, events_contract, record
from test_layers import USERS, dies, outcomes, user, users_contract
from test_quarantine import RULED, release

OF_THE_RUN = {"_run", "_object", "_ingested_at"}
LANDINGS = [
    [user("a", 1), user("b", 5), user("c", 2), user("d", 1, email="nobody")],
    [user("a", 3, age=44), user("e", 1), user("f", 1, country=None)],
    [user("b", 6), user("d", 2, email="nobody")],
]


@pytest.fixture(scope="module")
def loaded(lakes: Iterator[LakeBucket]) -> Callable[..., LakeBucket]:
    """Clones of a lake with four batches, of users whose history is kept so."""
    filled: dict[str, LakeBucket] = {}

    def clone(history: str = "scd1") -> LakeBucket:
        if history not in filled:
            filled[history] = fill(next(lakes), history)
        return filled[history].clone(next(lakes))

    return clone


def fill(lake: LakeBucket, history: str = "scd1") -> LakeBucket:
    """Three batches, in the last of which a key is gone, and a fourth that takes back what was set aside, in vain."""
    lake.contract(users_contract(history=history))
    keys = [{"user_id": each} for each in "abdef"]
    for seq, rows in enumerate(LANDINGS, start=1):
        lake.run(lake.land("users", seq, USERS, rows, keys=keys if seq == 3 else None))
    lake.run(release(lake, 4))
    return lake


def restored(lake: LakeBucket, seq: int, layer: str, version: int, after: int) -> Row:
    replay = list(range(after + 1, seq))
    return lake.land("users", seq, {}, [], restore={"layer": layer, "version": version, "after": after, "replay": replay})


def ruled_without(*rules: str) -> Row:
    return {**users_contract(), "rules": [rule for rule in users_contract()["rules"] if rule["id"] not in rules]}


def rows_of(lake: LakeBucket, layer: str, without: set[str] = OF_THE_RUN) -> list[Any]:
    return sorted(repr({name: value for name, value in row.items() if name not in without}) for row in lake.table(layer, "users"))


@pytest.mark.parametrize("history", ["scd1", "scd2"])
def test_silver_that_somebody_altered_is_what_it_was_and_so_is_quarantine(loaded: Callable[..., LakeBucket], history: str) -> None:
    lake = loaded(history)
    before = rows_of(lake, "silver"), rows_of(lake, "quarantine")
    lake.delta("silver", "users").delete("user_id = 'a'")
    lake.delta("quarantine", "users").delete("key = 'f'")
    result = lake.run(restored(lake, 5, "silver", 0, after=1))
    silver = result["silver"]["datasets"]["users"]
    assert (rows_of(lake, "silver"), rows_of(lake, "quarantine")) == before
    assert silver["outcomes"] == outcomes()
    assert silver["setAside"] == {"2": 1, "3": 1, "4": 3}
    assert silver["content"]["after"]["rows"] == len(before[0])
    assert sum(each["rows"] for each in silver["content"]["measured"].values()) == len(before[0])
    assert result["bronze"]["datasets"]["users"]["rows"] == 0


@pytest.mark.parametrize("dies_in", ["set_aside", "write_silver", "close_rows"])
def test_a_restore_that_died_in_a_replay_goes_on_where_it_was(
    loaded: Callable[..., LakeBucket], monkeypatch: pytest.MonkeyPatch, dies_in: str
) -> None:
    lake = loaded()
    before = rows_of(lake, "silver"), rows_of(lake, "quarantine")
    batch = restored(lake, 5, "silver", 0, after=1)
    with monkeypatch.context() as patched:
        patched.setattr(silver_batch, dies_in, at_the_second_time(getattr(silver_batch, dies_in)))
        assert lake.run(batch)["silver"]["datasets"]["users"]["error"] == "InterruptedError"
    first = lake.run(batch)["silver"]["datasets"]["users"]
    assert (rows_of(lake, "silver"), rows_of(lake, "quarantine")) == before
    versions = lake.delta("silver", "users").version()
    again = lake.run(batch)["silver"]["datasets"]["users"]
    assert again["alreadyCommitted"] is True
    assert again["setAside"] == first["setAside"] == {"2": 1, "3": 1, "4": 3}
    assert lake.delta("silver", "users").version() == versions


def test_records_without_a_key_that_a_replay_takes_by_the_rules_of_today_are_not_taken_back_once_more(lake: LakeBucket) -> None:
    positive = {"id": "metrics.amount.range", "kind": "range", "column": "amount", "min": "0", "max": None, "action": "quarantine"}
    lake.contract(events_contract("metrics", key=[], rules=[positive]))
    for seq, amount in enumerate((5, -5), start=1):
        lake.run(lake.land("metrics", seq, RECORD, [record(seq, event(f"E{seq}", amount=amount))], source="kafka"))
    lake.contract(events_contract("metrics", key=[]))
    lake.run(lake.land("metrics", 3, {}, [], source="kafka", release={"batch": 2, "rule": None}))
    replayed = {"layer": "silver", "version": 0, "after": 1, "replay": [2, 3]}
    result = lake.run(lake.land("metrics", 4, {}, [], source="kafka", restore=replayed))["silver"]["datasets"]["metrics"]
    assert sorted(row["event_id"] for row in lake.table("silver", "metrics")) == ["E1", "E2"]
    assert result["content"]["after"]["rows"] == 2


def test_a_restore_that_died_before_a_replay_closed_its_rows_closes_them_when_it_goes_on(
    lake: LakeBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.contract(users_contract())
    lake.run(lake.land("users", 1, USERS, [user("a", 1), user("b", 1, email="nobody")]))
    lake.contract(RULED)
    lake.run(release(lake, 2))
    before = rows_of(lake, "silver"), rows_of(lake, "quarantine")
    batch = restored(lake, 3, "silver", 0, after=1)
    with monkeypatch.context() as patched:
        patched.setattr(silver_batch, "close_rows", dies)
        assert lake.run(batch)["silver"]["datasets"]["users"]["error"] == "InterruptedError"
    lake.run(batch)
    assert (rows_of(lake, "silver"), rows_of(lake, "quarantine")) == before


def test_replays_are_judged_by_the_rules_of_today_and_the_results_say_what_they_set_aside(loaded: Callable[..., LakeBucket]) -> None:
    lake = loaded()
    lake.contract(RULED)
    silver = lake.run(restored(lake, 5, "silver", 1, after=2))["silver"]["datasets"]["users"]
    assert silver["setAside"] == {"3": 0, "4": 1}
    assert {row["user_id"]: row["email"] for row in lake.table("silver", "users")}["d"] == "nobody"


def test_the_batch_after_a_restore_is_taken_as_any_other(loaded: Callable[..., LakeBucket]) -> None:
    lake = loaded()
    lake.run(restored(lake, 5, "silver", 1, after=2))
    result = lake.run(lake.land("users", 6, USERS, [user("a", 9), user("g", 1)]))["silver"]["datasets"]["users"]
    assert result["outcomes"] == outcomes(inserted=1, updated=1)
    assert "measured" not in result["content"]


def test_bronze_that_somebody_altered_has_again_what_landed_and_what_was_taken_back_and_silver_stays(lake: LakeBucket) -> None:
    fill(lake)
    before = rows_of(lake, "bronze"), rows_of(lake, "silver", set())
    lake.delta("bronze", "users").delete("_batch > 1")
    lake.run(restored(lake, 5, "bronze", 0, after=1))
    assert (rows_of(lake, "bronze"), rows_of(lake, "silver", set())) == before


def test_a_version_that_was_altered_before_is_refused_and_the_table_stays(loaded: Callable[..., LakeBucket]) -> None:
    lake = loaded()
    lake.delta("silver", "users").delete("user_id = 'a'")
    altered = lake.delta("silver", "users").version()
    result = lake.run(restored(lake, 5, "silver", altered, after=4))["silver"]["datasets"]["users"]
    assert result["error"] == "RestoreMismatch"
    assert lake.delta("silver", "users").version() == altered


def test_the_replay_of_a_release_closes_what_it_took_back_and_not_what_the_rules_of_today_set_aside(lake: LakeBucket) -> None:
    email, age = "users.email.pattern", "users.age.range"
    lake.contract(ruled_without(age))
    lake.run(lake.land("users", 1, USERS, [user("z", 1)]))
    lake.run(lake.land("users", 2, USERS, [user("b", 1, email="nobody"), user("c", 1, age=-1)]))
    lake.contract(ruled_without(age, email))
    lake.run(release(lake, 3))
    lake.contract(ruled_without(email))
    lake.run(restored(lake, 4, "silver", 0, after=1))
    assert [(row["key"], row["_closed_by"]) for row in lake.table("quarantine", "users")] == [("c", None)]
    lake.contract(ruled_without(age, email))
    lake.run(release(lake, 5))
    assert sorted(row["user_id"] for row in lake.table("silver", "users")) == ["b", "c", "z"]


def test_a_second_restore_takes_quarantine_back_to_the_rows_beside_its_version_and_not_to_those_of_the_first(
    lake: LakeBucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake.contract(users_contract())
    for seq in (1, 2, 3):
        lake.run(lake.land("users", seq, USERS, [user(f"good{seq}", 1), user(f"bad{seq}", 1, age=-1)]))
    newest = lake.delta("silver", "users").version()
    before = rows_of(lake, "silver"), rows_of(lake, "quarantine")
    lake.contract(ruled_without("users.age.range"))
    with monkeypatch.context() as patched:
        patched.setattr(silver_batch, "write_silver", at_the_second_time(silver_batch.write_silver))
        assert lake.run(restored(lake, 4, "silver", 0, after=1))["silver"]["datasets"]["users"]["error"] == "InterruptedError"
    assert len(lake.table("quarantine", "users")) == 1
    restore = {"layer": "silver", "version": newest, "after": 3, "replay": []}
    lake.run(lake.land("users", 5, {}, [], restore=restore))
    assert (rows_of(lake, "silver"), rows_of(lake, "quarantine")) == before


def test_quarantine_whose_log_no_longer_says_keeps_what_was_set_aside_up_to_the_version(lake: LakeBucket) -> None:
    lake.contract(users_contract())
    lake.run(lake.land("users", 1, USERS, [user("good", 1), user("closed", 1, age=-1), user("open", 1, age=-1)]))
    lake.run(lake.land("users", 2, USERS, [user("good", 2)]))
    keys = [{"user_id": each} for each in ("good", "open", "later")]
    lake.run(lake.land("users", 3, USERS, [user("later", 1, age=-1)], keys=keys))
    before = rows_of(lake, "quarantine")
    lake.delta("quarantine", "users").create_checkpoint()
    lake.delete("quarantine/users/_delta_log/00000000000000000000.json")
    lake.run(restored(lake, 4, "silver", 1, after=2))
    assert rows_of(lake, "quarantine") == before


def test_a_replay_whose_rows_bronze_has_lost_is_refused(loaded: Callable[..., LakeBucket]) -> None:
    lake = loaded()
    lake.delta("bronze", "users").delete("_batch = 3")
    newest = lake.delta("silver", "users").version()
    result = lake.run(restored(lake, 5, "silver", 0, after=1))["silver"]["datasets"]["users"]
    assert (result["error"], "2 rows of batch 3" in result["cause"]) == ("BronzeIncomplete", True)
    assert lake.delta("silver", "users").version() == newest


def test_batches_of_before_the_key_was_renamed_are_replayed_by_its_earlier_name(lake: LakeBucket) -> None:
    lake.contract(users_contract())
    bad = user("c", 1, email="nobody")
    lake.run(lake.land("users", 1, USERS, [user("a", 1), user("b", 1), bad]))
    lake.run(lake.land("users", 2, USERS, [user("a", 2)], keys=[{"user_id": "a"}]))
    lake.contract(renamed(users_contract()))
    lake.run(lake.land("users", 3, {as_renamed(name): type_ for name, type_ in USERS.items()}, [as_landed(user("d", 3))]))
    before = rows_of(lake, "silver"), rows_of(lake, "quarantine")
    result = lake.run(restored(lake, 4, "silver", 0, after=1))["silver"]["datasets"]["users"]
    assert result["status"] == "ok"
    assert (rows_of(lake, "silver"), rows_of(lake, "quarantine")) == before
    assert sorted(row["uid"] for row in lake.table("silver", "users")) == ["a", "d"]
    assert [(row["key"], row["_closed_by"]) for row in lake.table("quarantine", "users")] == [("c", 2)]


def renamed(contract: Row) -> Row:
    columns = [{**each, "name": "uid", "aliases": ["user_id"]} if each["name"] == "user_id" else each for each in contract["columns"]]
    return {**contract, "version": "2.0.0", "key": ["uid"], "columns": columns}


def as_renamed(name: str) -> str:
    return "uid" if name == "user_id" else name


def as_landed(row: Row) -> Row:
    return {as_renamed(name): value for name, value in row.items()}


def at_the_second_time(does: Any) -> Any:
    calls: list[None] = []

    def second(*args: Any, **named: Any) -> Any:
        calls.append(None)
        return dies() if len(calls) == 2 else does(*args, **named)

    return second


@pytest.mark.parametrize("layer", ["bronze", "silver"])
def test_a_table_that_lacks_a_batch_of_the_ledger_takes_no_later_one_until_it_was_restored(lake: LakeBucket, layer: str) -> None:
    fill(lake)
    before = rows_of(lake, layer)
    lacking = lake.land("users", 5, USERS, [user("g", 1)])
    lake.run(lacking, layers=() if layer == "bronze" else ("bronze",))
    later = {**lake.land("users", 6, USERS, [user("h", 1)]), "after": 5}
    assert lake.run(later)[layer]["datasets"]["users"]["error"] == "BatchMissing"
    assert rows_of(lake, layer) == before
    # Batch 6 is given up for it.
    restore = {"layer": layer, "version": lake.delta(layer, "users").version(), "after": 4, "replay": [5]}
    lake.run({**lake.land("users", 7, {}, [], restore=restore), "after": 5})
    [taken] = set(rows_of(lake, layer)) - set(before)
    assert set(before) < set(rows_of(lake, layer)) and "'user_id': 'g'" in taken
