"""Silver from a compacted topic: the newest record of a key is the table's row, and a tombstone takes it away."""

import json
import random
from typing import Any

import pytest
from lake_bucket import LakeBucket, Row
from test_kafka_silver import RECORD
from test_kafka_silver import record as record_of_events
from test_layers import outcomes

NOT_NEGATIVE = {"id": "stock.pieces.range", "kind": "range", "column": "pieces", "min": "0", "max": None, "action": "quarantine"}


def stock_contract(**changes: Any) -> Row:
    column = {"required": False, "class": "internal"}
    return {
        "dataset": "stock",
        "source": "kafka",
        "load": {"mode": "compacted", "deletions": False, "maxDeleteShare": 1.0},
        "key": ["item"],
        "columns": [
            {"name": "item", "type": "string", "path": "$.id", **column},
            {"name": "pieces", "type": "int", **column},
        ],
        "rules": [],
        "partitioning": [],
        "freshnessHours": 2,
        **changes,
    }


def record(offset: int, key: bytes | str | None, value: Any, partition: int = 0) -> Row:
    return {**record_of_events(offset, value, partition), "key": key.encode() if isinstance(key, str) else key}


def item(offset: int, name: str, pieces: int, partition: int = 0) -> Row:
    return record(offset, name, {"id": name, "pieces": pieces}, partition)


@pytest.fixture
def stock(lake: LakeBucket) -> LakeBucket:
    lake.contract(stock_contract())
    return lake


def take(lake: LakeBucket, seq: int, *records: Row, **said: Any) -> Row:
    result: Row = lake.run(lake.land("stock", seq, RECORD, list(records), source="kafka", **said))["silver"]["datasets"]["stock"]
    return result


def pieces(lake: LakeBucket) -> dict[str, int]:
    return {row["item"]: row["pieces"] for row in lake.table("silver", "stock")}


def test_a_random_topic_is_the_table_that_its_records_come_to_batch_by_batch_and_when_it_is_made_anew(stock: LakeBucket) -> None:
    draw = random.Random(7)
    names = [f"item {number}" for number in range(12)]
    offsets, table = [0, 0], {}
    for seq in range(1, 5):
        records = []
        for _ in range(25):
            number = draw.randrange(len(names))
            name, partition, count = names[number], number % 2, draw.choice([None, 1, 2, 3])
            records.append(
                record(offsets[partition], name, None, partition) if count is None else item(offsets[partition], name, count, partition)
            )
            # Compaction leaves holes.
            offsets[partition] += draw.randint(1, 3)
            if count is None:
                table.pop(name, None)
            else:
                table[name] = count
        draw.shuffle(records)
        result = take(stock, seq, *records, complete=seq == 1)
        assert pieces(stock) == table
        assert result["content"]["after"]["rows"] == len(table)
        assert sum(count for name, count in result["outcomes"].items() if name != "read") == 25
    # Its offsets count from 0 again, and what it has not is gone.
    gone, *left = sorted(table)
    take(stock, 5, *[item(offset, name, table[name]) for offset, name in enumerate(left)], complete=True)
    assert pieces(stock) == {name: table[name] for name in left}
    take(stock, 6, item(50, left[0], 77), record(51, left[1], None), item(52, gone, 78))
    assert pieces(stock) == {left[0]: 77, gone: 78, **{name: table[name] for name in left[2:]}}


def test_a_key_that_a_topic_made_anew_begins_with_a_bad_record_follows_it_all_the_same(stock: LakeBucket) -> None:
    stock.contract(stock_contract(rules=[NOT_NEGATIVE]))
    before = [item(1000 + offset, name, 1) for offset, name in enumerate("abcd")]
    take(stock, 1, *before, complete=True)
    anew = take(stock, 2, *[item(offset, name, -1) for offset, name in enumerate("abc")], item(3, "d", 2), complete=True)
    assert anew["outcomes"] == outcomes(quarantined=3, updated=1)
    assert take(stock, 3, item(4, "a", 7), record(5, "b", None))["outcomes"] == outcomes(updated=1, deleted=1)
    assert take(stock, 4, item(2, "a", 5), item(2, "d", 5))["outcomes"] == outcomes(superseded=2)
    stock.contract(stock_contract())
    assert take(stock, 5, release={"batch": 4, "rule": None})["outcomes"] == outcomes(updated=1)
    assert pieces(stock) == {"a": 7, "c": -1, "d": 2}


def test_a_tombstone_of_what_is_not_there_changes_nothing_and_rules_judge_of_it_its_key_alone(stock: LakeBucket) -> None:
    required = {"id": "stock.pieces.required", "kind": "required", "column": "pieces", "action": "quarantine"}
    stock.contract(stock_contract(rules=[NOT_NEGATIVE, required]))
    first = take(stock, 1, item(0, "a", 1), record(1, "nobody", None), item(2, "b", -1), item(3, "c", -1), record(4, "c", None))
    assert (first["outcomes"], first["rules"]) == (
        outcomes(inserted=1, unchanged=2, quarantined=1, superseded=1),
        {"stock.pieces.range": 2},
    )
    second = take(stock, 2, record(5, "b", None), record(6, "a", None))
    assert second["outcomes"] == outcomes(unchanged=1, deleted=1)
    assert pieces(stock) == {}
    assert [(row["key"], row["_closed_by"], row["_closed_as"]) for row in stock.table("quarantine", "stock")] == [("b", 2, "gone")]


def test_what_names_no_key_or_another_one_is_set_aside_and_no_other_row_is_touched(stock: LakeBucket) -> None:
    take(stock, 1, item(0, "a", 1), item(1, "b", 2))
    other = record(2, "a", {"id": "b", "pieces": 9})
    result = take(stock, 2, other, record(3, None, {"id": "a", "pieces": 9}), record(4, b"\xff", None), record(5, "b", b"{"))
    assert result["outcomes"] == outcomes(quarantined=4)
    assert result["rules"] == {"stock.key": 1, "stock.item.required": 2, "stock.value.json": 1}
    assert pieces(stock) == {"a": 1, "b": 2}


def test_a_key_is_found_in_a_json_object_where_the_value_has_it_and_need_not_be_in_the_value(lake: LakeBucket) -> None:
    columns = [
        {"name": name, "type": "string", "required": False, "class": "internal", "path": f"$.{name}.id"} for name in ("shop", "item")
    ]
    columns.append({"name": "pieces", "type": "int", "required": False, "class": "internal"})
    lake.contract(stock_contract(key=["shop", "item"], columns=columns))

    def key(shop: int, name: str) -> str:
        return json.dumps({"item": {"id": name}, "shop": {"id": shop}})

    take(lake, 1, record(0, key(1, "a"), {"pieces": 5}), record(1, key(2, "a"), {"shop": {"id": 2}, "pieces": 6}), record(2, "1/a", None))
    assert {(row["shop"], row["item"], row["pieces"]) for row in lake.table("silver", "stock")} == {("1", "a", 5), ("2", "a", 6)}
    assert take(lake, 2, record(3, key(2, "a"), None))["outcomes"] == outcomes(deleted=1)
    assert [row["shop"] for row in lake.table("silver", "stock")] == ["1"]


def test_what_was_set_aside_comes_back_unless_a_later_record_on_its_key_was_taken(stock: LakeBucket) -> None:
    stock.contract(stock_contract(rules=[NOT_NEGATIVE], valueFormat="confluent-json"))

    def framed(offset: int, name: str, count: int) -> Row:
        # One column in a JSON object, as connectors write keys.
        return record(offset, json.dumps({"id": name}), b"\x00\x00\x00\x00\x07" + json.dumps({"id": name, "pieces": count}).encode())

    take(stock, 1, framed(0, "a", 1), framed(1, "b", 1))
    assert take(stock, 2, framed(2, "a", -1), framed(3, "b", -2))["outcomes"] == outcomes(quarantined=2)
    assert take(stock, 3, record(4, json.dumps({"id": "b"}), None))["outcomes"] == outcomes(deleted=1)
    stock.contract(stock_contract(valueFormat="confluent-json"))
    assert take(stock, 4, release={"batch": 3, "rule": None})["outcomes"] == outcomes(updated=1)
    assert pieces(stock) == {"a": -1}
