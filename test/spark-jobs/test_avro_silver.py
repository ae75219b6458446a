"""Silver from Kafka's records in Avro: each value by the schema it was written with; what cannot be read is set aside by what it lacks."""

import base64
import io
import json
from datetime import date, datetime, time, timezone
from decimal import Decimal
from typing import Any
from uuid import UUID

import fastavro
import pytest
from conftest import IS_SPARK_3_4
from lake_bucket import LakeBucket, Row
from test_kafka_silver import RECORD, events_contract, record

UTC = timezone.utc


def long_of(logical: str) -> Row:
    return {"type": "long", "logicalType": logical}


def decimal(precision: int, scale: int) -> Row:
    return {"type": "bytes", "logicalType": "decimal", "precision": precision, "scale": scale}


def schema(*fields: tuple[str, Any]) -> Row:
    return {"type": "record", "name": "Event", "namespace": "shop", "fields": [{"name": name, "type": of} for name, of in fields]}


EVENT = schema(
    ("event_id", ["null", "string"]),
    ("timestamp", long_of("timestamp-millis")),
    ("where", ["null", {"type": "record", "name": "Place", "fields": [{"name": "city", "type": "string"}]}]),
    ("amount", decimal(12, 2)),
)
# A later version: the place has moved, the time is finer, and there is a field more.
LATER = schema(
    ("event_id", "string"),
    ("happened", long_of("timestamp-micros")),
    ("city", "string"),
    ("amount", ["null", decimal(38, 20)]),
    ("team", "string"),
)


def framed(schema_id: int, of: Any, value: Any) -> bytes:
    content = io.BytesIO()
    fastavro.schemaless_writer(content, fastavro.parse_schema(of), value)
    return b"\x00" + schema_id.to_bytes(4, "big") + content.getvalue()


def event(event_id: str | None, **other: Any) -> Row:
    at = datetime(2024, 1, 20, 9, tzinfo=UTC)
    return {"event_id": event_id, "timestamp": at, "where": {"city": "Zürich"}, "amount": Decimal("19.99"), **other}


def later(event_id: str) -> Row:
    at = datetime(2024, 1, 20, 9, 0, 0, 123456, UTC)
    return {"event_id": event_id, "happened": at, "city": "Bern", "amount": None, "team": "north"}


def put_schema(lake: LakeBucket, dataset: str, schema_id: int, of: Any) -> None:
    content = {"id": schema_id, "schema": of if isinstance(of, str) else json.dumps(of)}
    lake.put(f"landing/{dataset}/schemas/{schema_id}.json", json.dumps(content).encode())


def avro_contract(**changes: Any) -> Row:
    contract = events_contract("events", valueFormat="confluent-avro", **changes)
    paths = {"happened_at": ["$.timestamp", "$.happened"], "city": ["$.where.city", "$.city"]}
    for column in contract["columns"]:
        if column["name"] in paths:
            column.pop("path")
            column["paths"] = paths[column["name"]]
    return contract


@pytest.fixture
def topic(lake: LakeBucket) -> LakeBucket:
    lake.contract(avro_contract())
    put_schema(lake, "events", 7, EVENT)
    return lake


def land(lake: LakeBucket, seq: int, values: list[bytes | None], **other: Any) -> Row:
    return lake.land("events", seq, RECORD, [record(offset, value) for offset, value in enumerate(values)], source="kafka", **other)


def test_versions_of_a_schema_are_read_side_by_side_and_the_rest_is_set_aside_by_its_reason(topic: LakeBucket) -> None:
    put_schema(topic, "events", 0x80000001, LATER)
    holds_itself = {
        "type": "record",
        "name": "Tree",
        "fields": [{"name": "event_id", "type": "string"}, {"name": "below", "type": ["null", "Tree"]}],
    }
    put_schema(topic, "events", 20, holds_itself)
    put_schema(topic, "events", 21, '"string"')
    put_schema(topic, "events", 22, '{"type": "record"')
    whole = framed(7, EVENT, event("E0"))
    # An event whose id says that it has 1.9 GB, and has none; Avro has no limit before 1.11.3.
    endless = [] if IS_SPARK_3_4 else [whole[:6] + framed(0, "long", 1_900_000_000)[5:]]
    broken = [whole[:-1], whole[:5], whole + b"\x00", whole[:5] + b"\xff" * 20, whole.replace(b"E0", b"\xff\xfe"), None, *endless]
    unknown = [
        framed(8, EVENT, event("E3")),
        framed(20, holds_itself, {"event_id": "E4", "below": None}),
        framed(21, "string", "E5"),
        framed(22, EVENT, event("E6")),
    ]
    unframed = [whole[5:], b"\x01" + whole[1:], b"\x00\x00\x00\x00", b"", b'{"event_id": "E7"}']
    kept = [whole, framed(0x80000001, LATER, later("E1")), framed(7, EVENT, event("\ufffd", where=None)), framed(7, EVENT, event(None))]
    values = [*kept, *broken, *unknown, *unframed]
    result = topic.run(land(topic, 1, values))["silver"]["datasets"]["events"]
    assert result["rules"] == {
        "events.value.framing": len(unframed),
        "events.value.schema": len(unknown),
        "events.value.avro": len(broken),
        "events.event_id.required": 1,
    }
    rows = {row["event_id"]: row for row in topic.table("silver", "events")}
    assert {name: (row["happened_at"], row["city"], row["amount"]) for name, row in rows.items()} == {
        "E0": (datetime(2024, 1, 20, 9, tzinfo=UTC), "Zürich", Decimal("19.99")),
        "E1": (datetime(2024, 1, 20, 9, 0, 0, 123456, UTC), "Bern", None),
        "\ufffd": (datetime(2024, 1, 20, 9, tzinfo=UTC), None, Decimal("19.99")),
    }
    assert dict(rows["E1"]["_unknown_fields"]) == {"team": "north"}
    raw = [json.loads(row["raw"]) for row in topic.table("quarantine", "events")]
    set_aside = {each["offset"]: base64.b64decode(each["value"]) if "value" in each else None for each in raw}
    assert set_aside == {offset: value for offset, value in enumerate(values) if offset >= 3}


def test_rows_of_a_schema_that_became_known_later_are_released_and_a_restore_reads_them_again(topic: LakeBucket) -> None:
    topic.run(land(topic, 1, [framed(7, EVENT, event("E0")), framed(8, LATER, later("E1"))]))
    assert [row["event_id"] for row in topic.table("silver", "events")] == ["E0"]
    put_schema(topic, "events", 8, LATER)
    released = topic.run(land(topic, 2, [], release={"batch": 1, "rule": "events.value.schema"}))["silver"]["datasets"]["events"]
    assert released["outcomes"]["inserted"] == 1
    before = sorted(repr({name: row[name] for name in row if name != "_run"}) for row in topic.table("silver", "events"))
    assert len(before) == 2
    topic.delta("silver", "events").delete("event_id = 'E1'")
    restore = {"layer": "silver", "version": 0, "after": 1, "replay": [2]}
    topic.run(land(topic, 3, [], restore=restore))
    assert sorted(repr({name: row[name] for name in row if name != "_run"}) for row in topic.table("silver", "events")) == before


ITEM = {"type": "record", "name": "Item", "fields": [{"name": "sku", "type": "string"}, {"name": "price", "type": decimal(20, 10)}]}
CHOICE = ["null", "string", "long", {"type": "record", "name": "Other", "fields": [{"name": "n", "type": "int"}]}]
FIXED_DECIMAL = {"type": "fixed", "name": "Fixed", "size": 16, "logicalType": "decimal", "precision": 38, "scale": 20}
# By field: its type in Avro, two values, the column's type in Silver, and what Silver has of them.
KINDS: dict[str, tuple[Any, tuple[Any, Any], str, tuple[Any, Any]]] = {
    "whole": ("long", (2**63 - 1, -(2**63)), "bigint", (2**63 - 1, -(2**63))),
    "small": ("int", (-(2**31), 7), "int", (-(2**31), 7)),
    "flag": ("boolean", (True, False), "boolean", (True, False)),
    "ratio": ("double", (0.1 + 0.2, -1.7976931348623157e308), "double", (0.30000000000000004, -1.7976931348623157e308)),
    "endless": ("double", (float("inf"), 5e-324), "double", (float("inf"), 5e-324)),
    "single": ("float", (0.1, 16777216.0), "double", (0.1, 16777216.0)),
    "tiny": (
        decimal(38, 20),
        (Decimal("0.00000000000000000123"), Decimal("-123456789012345678.12345678901234567891")),
        "decimal(38,20)",
        (Decimal("0.00000000000000000123"), Decimal("-123456789012345678.12345678901234567891")),
    ),
    "fixed": (
        FIXED_DECIMAL,
        (Decimal("-0.00000012345678901234"), Decimal(0)),
        "decimal(38,20)",
        (Decimal("-0.00000012345678901234"), Decimal(0)),
    ),
    "shown": (decimal(12, 2), (Decimal("-0.50"), Decimal("1234567890.00")), "string", ("-0.50", "1234567890.00")),
    "day": ({"type": "int", "logicalType": "date"}, (date(1500, 2, 28), date(2024, 2, 29)), "date", (date(1500, 2, 28), date(2024, 2, 29))),
    "at_millis": (
        long_of("timestamp-millis"),
        (datetime(1850, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, 23, 59, 59, 999000, UTC)),
        "timestamp",
        (datetime(1850, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, 23, 59, 59, 999000, UTC)),
    ),
    "at_micros": (
        long_of("timestamp-micros"),
        (datetime(9999, 12, 31, 23, 59, 59, 999999, UTC), datetime(1969, 12, 31, 23, 59, 59, 1, UTC)),
        "timestamp",
        (datetime(9999, 12, 31, 23, 59, 59, 999999, UTC), datetime(1969, 12, 31, 23, 59, 59, 1, UTC)),
    ),
    "said_at": (
        long_of("timestamp-micros"),
        (datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, 0, 0, 0, 120, UTC)),
        "string",
        ("2024-01-01T00:00:00.000000Z", "2024-01-01T00:00:00.000120Z"),
    ),
    "local": (
        long_of("local-timestamp-micros"),
        (datetime(2024, 7, 1, 12, 0, 0, 5), datetime(2024, 7, 1)),
        "string",
        ("2024-07-01T12:00:00.000005", "2024-07-01T00:00:00.000000"),
    ),
    "time": (long_of("time-micros"), (time(1, 0, 0, 1), time()), "bigint", (3_600_000_001, 0)),
    "id": (
        {"type": "string", "logicalType": "uuid"},
        (UUID(int=1), UUID(int=2)),
        "string",
        ("00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"),
    ),
    "kind": ({"type": "enum", "name": "Kind", "symbols": ["VIEW", "BUY"]}, ("BUY", "VIEW"), "string", ("BUY", "VIEW")),
    "octets": ("bytes", (b"\x00\xff", b""), "string", ("00ff", "")),
    "fixed_octets": ({"type": "fixed", "name": "Four", "size": 4}, (b"\x00\x01\xfe\xff", b"abcd"), "string", ("0001feff", "61626364")),
    "note": (["null", "string"], (None, 'say "ü"\n\\ \u2028'), "string", (None, 'say "ü"\n\\ \u2028')),
    "tags": (
        {"type": "map", "values": ["null", "long"]},
        ({"a": 2**53 + 1}, {"b": None}),
        "string",
        ('{"a":9007199254740993}', '{"b":null}'),
    ),
    "items": (
        {"type": "array", "items": ITEM},
        ([{"sku": "A", "price": Decimal("0.0000000001")}, {"sku": "B", "price": Decimal("1234567890.1234567891")}], []),
        "array<struct<sku:string,price:decimal(20,10)>>",
        ([{"sku": "A", "price": Decimal("0.0000000001")}, {"sku": "B", "price": Decimal("1234567890.1234567891")}], []),
    ),
    "basket": (
        {"type": "array", "items": {"type": "record", "name": "Line", "fields": [{"name": "n", "type": decimal(20, 10)}]}},
        ([{"n": Decimal("0.0000000001")}], []),
        "string",
        ('[{"n":0.0000000001}]', "[]"),
    ),
}


def test_values_of_every_type_are_in_silver_to_the_last_digit(lake: LakeBucket) -> None:
    plain = {"required": False, "class": "internal"}
    columns = [{"name": name, "type": type_, **plain} for name, (_, _, type_, _) in KINDS.items()]
    choices = [("text", "string", "$.choice.member0"), ("number", "bigint", "$.choice.member1"), ("inner", "int", "$.choice.member2.n")]
    columns += [{"name": name, "type": type_, "path": path, **plain} for name, type_, path in choices]
    columns.append({"name": "key", "type": "string", **plain})
    lake.contract(events_contract("kinds", valueFormat="confluent-avro", key=["key"], columns=columns))
    of = schema(
        ("key", "string"), *[(name, type_) for name, (type_, _, _, _) in KINDS.items()], ("choice", CHOICE), ("beyond", decimal(30, 12))
    )
    put_schema(lake, "kinds", 1, of)

    def value(which: int, choice: Any) -> Row:
        found = {name: values[which] for name, (_, values, _, _) in KINDS.items()}
        return {"key": str(which), **found, "choice": choice, "beyond": Decimal("0.000000000001")}

    records = [record(0, framed(1, of, value(0, "one"))), record(1, framed(1, of, value(1, {"n": 3})))]
    result = lake.run(lake.land("kinds", 1, RECORD, records, source="kafka"))["silver"]["datasets"]["kinds"]
    assert (result["rules"], result["outcomes"]["inserted"]) == ({}, 2)
    rows = {row["key"]: row for row in lake.table("silver", "kinds")}
    for which in (0, 1):
        found = {name: rows[str(which)][name] for name in KINDS}
        assert found == {name: expected[which] for name, (_, _, _, expected) in KINDS.items()}
    assert [[rows[key][name] for name in ("text", "number", "inner")] for key in "01"] == [["one", None, None], [None, None, 3]]
    assert dict(rows["0"]["_unknown_fields"]) == {"beyond": "0.000000000001"}


def test_a_tombstone_of_a_compacted_topic_needs_no_schema_and_closes_what_its_key_had_set_aside(topic: LakeBucket) -> None:
    topic.contract(avro_contract(load={"mode": "compacted", "deletions": False, "maxDeleteShare": 1.0}))

    def records(*of: tuple[str, bytes | None], begin: int) -> list[Row]:
        return [{**record(begin + number, value), "key": key.encode()} for number, (key, value) in enumerate(of)]

    good = {name: framed(7, EVENT, event(name)) for name in ("E0", "E1")}
    first = records(*good.items(), ("E2", good["E0"][:-1]), begin=0)
    result = topic.run(topic.land("events", 1, RECORD, first, source="kafka", complete=True))["silver"]["datasets"]["events"]
    assert (result["outcomes"]["inserted"], result["rules"]) == (2, {"events.value.avro": 1})
    second = records(("E0", None), ("E2", None), begin=10)
    result = topic.run(topic.land("events", 2, RECORD, second, source="kafka"))["silver"]["datasets"]["events"]
    assert (result["outcomes"]["deleted"], result["outcomes"]["unchanged"], result["rules"]) == (1, 1, {})
    assert [row["event_id"] for row in topic.table("silver", "events")] == ["E1"]
    assert [(row["key"], row["_closed_as"]) for row in topic.table("quarantine", "events")] == [("E2", "gone")]
