"""Silver from Kafka's records: decoded by the contract's paths, and a record that is no JSON set aside whole."""

import base64
import json
from decimal import Decimal
from typing import Any

import pytest
from lake_bucket import LakeBucket, Row
from medallion import few_rows, key_bounds, spread_records
from pyspark.sql import SparkSession
from test_layers import outcomes

RECORD = {"partition": "INTEGER", "offset": "BIGINT", "timestamp": "BIGINT", "key": "BLOB", "value": "BLOB", "headers": "VARCHAR"}


def events_contract(name: str, **changes: Any) -> Row:
    column = {"required": False, "class": "internal"}
    return {
        "dataset": name,
        "source": "kafka",
        "load": {"mode": "offsets", "deletions": False, "maxDeleteShare": 0.2},
        "key": ["event_id"],
        "columns": [
            {"name": "event_id", "type": "string", **column},
            {"name": "happened_at", "type": "timestamp", "path": "$.timestamp", **column},
            {"name": "city", "type": "string", "path": "$.where.city", **column},
            {"name": "amount", "type": "decimal(12,2)", **column},
            {"name": "properties", "type": "string", **column},
        ],
        "rules": [],
        "partitioning": [],
        "freshnessHours": 2,
        **changes,
    }


def record(offset: int, value: Any, partition: int = 0) -> Row:
    content = value if isinstance(value, bytes) or value is None else json.dumps(value, ensure_ascii=False).encode()
    return {"partition": partition, "offset": offset, "timestamp": 1_705_741_200_000, "key": b"USER001", "value": content, "headers": "[]"}


def event(event_id: str | None, **other: Any) -> Row:
    body = {"timestamp": "2024-01-20T09:00:00Z", "where": {"city": "Zürich"}, "amount": 19.99, "properties": {"position": 3}}
    return {"event_id": event_id, **body, **other}


@pytest.fixture
def topics(lake: LakeBucket) -> LakeBucket:
    lake.contract(events_contract("events"))
    lake.contract(events_contract("metrics", key=[]))
    return lake


@pytest.mark.parametrize("a_task", [spread_records.DOCUMENTS_A_TASK, 1], ids=["by one task", "by a task for each"])
def test_records_are_decoded_the_first_of_a_key_wins_and_without_a_key_each_counts(
    topics: LakeBucket, monkeypatch: pytest.MonkeyPatch, a_task: int
) -> None:
    monkeypatch.setattr(spread_records, "DOCUMENTS_A_TASK", a_task)
    first = [record(0, event("E1")), record(1, event("E2")), record(2, event("E1", amount=5))]
    again = [record(3, event("E1", amount=6)), record(0, event("E3"), partition=1)]
    for seq, records in enumerate([first, again], start=1):
        result = topics.run(*[topics.land(name, seq, RECORD, records, source="kafka") for name in ("events", "metrics")])["silver"][
            "datasets"
        ]
        assert result["events"]["outcomes"]["superseded"] == 1
        assert result["metrics"]["outcomes"]["inserted"] == len(records)
    rows = {row["event_id"]: row for row in topics.table("silver", "events")}
    assert sorted(rows) == ["E1", "E2", "E3"]
    assert (rows["E1"]["amount"], rows["E1"]["city"], json.loads(rows["E1"]["properties"])) == (Decimal("19.99"), "Zürich", {"position": 3})
    assert (rows["E3"]["_sequence"], rows["E3"]["_sequence_partition"]) == (0, 1)
    assert rows["E1"]["happened_at"].isoformat() == "2024-01-20T09:00:00+00:00"
    assert len(topics.table("silver", "metrics")) == 5


@pytest.mark.parametrize("size", ["small", "large"])
def test_without_a_key_a_record_that_is_read_again_counts_once(
    topics: LakeBucket, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, size: str
) -> None:
    if size == "large":
        request.getfixturevalue("with_statistics")
        monkeypatch.setattr(few_rows, "LARGE", 0)
        monkeypatch.setattr(key_bounds, "MANY_FILES", 0)
    read = [record(0, event("E1")), record(1, event("E1")), record(0, event("E1"), partition=1)]
    topics.run(topics.land("metrics", 1, RECORD, read, source="kafka"))
    more = [record(2, event("E1")), record(2, event("E1")), record(3, event("E2", happened_at=None)), record(4, b"{")]
    again = topics.run(topics.land("metrics", 2, RECORD, [*read, *more], source="kafka", mode="full"))["silver"]["datasets"]["metrics"]
    assert again["outcomes"] == outcomes(read=7, unchanged=3, inserted=2, superseded=1, quarantined=1)
    assert again["content"]["after"]["rows"] == 5
    rows = topics.table("silver", "metrics")
    places = [(row["_sequence_partition"], row["_sequence"], row["_batch"]) for row in rows]
    assert sorted(places) == [(0, 0, 1), (0, 1, 1), (0, 2, 2), (0, 3, 2), (1, 0, 1)]
    # Of another topic of that name: the place is known and the record is not.
    other = topics.run(topics.land("metrics", 3, RECORD, [record(0, event("E9"))], source="kafka", mode="full"))
    assert other["silver"]["datasets"]["metrics"]["outcomes"] == outcomes(read=1, inserted=1)


def test_records_without_a_key_that_a_table_has_twice_from_before_are_counted_once(topics: LakeBucket) -> None:
    read = [record(0, event("E1")), record(1, event("E2"))]
    # As each was taken for new: no later batch goes back behind the committed offsets by itself.
    for seq in (1, 2):
        topics.run(topics.land("metrics", seq, RECORD, read, source="kafka"))
    again = topics.run(topics.land("metrics", 3, RECORD, read, source="kafka", mode="full"))["silver"]["datasets"]["metrics"]
    assert again["outcomes"] == outcomes(read=2, unchanged=2)


def test_a_value_that_must_be_unique_is_held_against_other_records_where_there_is_no_key(topics: LakeBucket) -> None:
    rule = {"id": "metrics.event_id.unique", "column": "event_id", "kind": "unique", "action": "quarantine"}
    topics.contract(events_contract("metrics", key=[], rules=[rule]))
    topics.run(topics.land("metrics", 1, RECORD, [record(0, event("E1"))], source="kafka"))
    again = [record(0, event("E1")), record(1, event("E1")), record(2, event("E2"))]
    result = topics.run(topics.land("metrics", 2, RECORD, again, source="kafka", mode="full"))["silver"]["datasets"]["metrics"]
    assert result["outcomes"] == outcomes(read=3, quarantined=2, inserted=1)


def test_many_documents_make_many_tasks_and_few_none_of_their_own(session: SparkSession) -> None:
    rows = session.range(10).coalesce(1)
    tasks = [spread_records.spread_records(rows, each).rdd.getNumPartitions() for each in (0, 99_999, 100_000, 1_000_000)]
    assert tasks == [1, 1, 2, 20]


def test_what_cannot_be_read_is_set_aside_with_one_rule_and_its_octets(topics: LakeBucket) -> None:
    broken = [b'{"event_id": "E1", "am', b"[1]", b'"text"', b"", None, b'{"event_id": "\xff"}']
    records = [record(number, value) for number, value in enumerate(broken)]
    records += [
        record(6, event(None)),
        record(7, event("E7", timestamp="yesterday")),
        record(8, event("E8", amount=1.239)),
        record(9, event("E9")),
    ]
    result = topics.run(topics.land("events", 1, RECORD, records, source="kafka"))["silver"]["datasets"]["events"]
    assert result["rules"] == {"events.value.json": 6, "events.event_id.required": 1, "events.happened_at.type": 1, "events.amount.type": 1}
    assert (result["outcomes"]["quarantined"], result["outcomes"]["inserted"]) == (9, 1)
    raw = [json.loads(row["raw"]) for row in topics.table("quarantine", "events") if row["rule"] == "events.value.json"]
    values = {each["offset"]: base64.b64decode(each["value"]) if "value" in each else None for each in raw}
    assert values == dict(enumerate(broken))


def test_numbers_are_what_the_message_says_to_the_last_digit_and_what_no_decimal_holds_is_set_aside(topics: LakeBucket) -> None:
    def message(name: str, amount: str, more: str = "") -> bytes:
        return f'{{"event_id": "{name}", "timestamp": "2024-01-20T09:00:00Z", "amount" : {amount}{more}}}'.encode()

    nested = ', "properties": {"a-1": -1.2345678901234567890, "b": ["1.5", "say \\"2.5\\"", 3, 1e400]}, "other": 0.10000000000000000001'
    values = [
        message("exact", "1234567890.12"),
        message("long", "1234567890.120000000000000000000"),
        message("beyond", "1234567890.120000000000000000001"),
        message("rounded by a double", "99999999999999.991"),
        message("endless", "1e400"),
        message("nested", "-0.5", nested),
        message("broken", "1.2345678901234567890-1"),
        message("replaced", "1", ', "where": {"city": "\ufffd"}'),
    ]
    result = topics.run(topics.land("events", 1, RECORD, [record(*each) for each in enumerate(values)], source="kafka"))["silver"]
    assert result["datasets"]["events"]["rules"] == {"events.amount.type": 3, "events.value.json": 1}
    rows = {row["event_id"]: row for row in topics.table("silver", "events")}
    amounts = {name: row["amount"] for name, row in rows.items()}
    held = Decimal("1234567890.12")
    assert amounts == {"exact": held, "long": held, "nested": Decimal("-0.5"), "replaced": Decimal(1)}
    assert rows["nested"]["properties"] == '{"a-1":-1.2345678901234567890,"b":["1.5","say \\"2.5\\"",3,1e400]}'
    assert dict(rows["nested"]["_unknown_fields"]) == {"other": "0.10000000000000000001"}
    assert rows["replaced"]["city"] == "\ufffd"


def test_values_of_a_schema_registry_are_read_behind_their_header_and_set_aside_without_it(lake: LakeBucket) -> None:
    lake.contract(events_contract("framed", valueFormat="confluent-json"))

    def framed(value: bytes, schema: int = 7) -> bytes:
        return b"\x00" + schema.to_bytes(4, "big") + value

    def body(event_id: str) -> bytes:
        return json.dumps(event(event_id), ensure_ascii=False).encode()

    values = [
        framed(body("E0")),
        framed(body("E1"), 0x7FFF0080),
        body("E2"),
        b"\x01" + framed(body("E3"))[1:],
        framed(b"[1]"),
        framed(b""),
        None,
    ]
    records = [record(offset, value) for offset, value in enumerate(values)]
    result = lake.run(lake.land("framed", 1, RECORD, records, source="kafka"))["silver"]["datasets"]["framed"]
    # No header before E2, another one before E3, nothing behind the last; a list, and a tombstone.
    assert result["rules"] == {"framed.value.framing": 3, "framed.value.json": 2}
    rows = {row["event_id"]: row for row in lake.table("silver", "framed")}
    assert {name: (row["city"], row["amount"]) for name, row in rows.items()} == dict.fromkeys(["E0", "E1"], ("Zürich", Decimal("19.99")))
    raw = [json.loads(row["raw"]) for row in lake.table("quarantine", "framed")]
    kept = {each["offset"]: base64.b64decode(each["value"]) if "value" in each else None for each in raw}
    assert kept == {offset: value for offset, value in enumerate(values) if offset > 1}
