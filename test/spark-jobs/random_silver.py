"""
Random small Silver tables and random changes of them: ids lead from table to table, some of them nowhere, and values may be absent. Where
versions are kept they come late, too, and keys go and come back.
"""

import random
import re
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import product
from typing import Any

import pyarrow as pa
from lake_bucket import LakeBucket, Row

FIRST_DAY = date(2024, 1, 29)
# Seven days in two months, and one that the calendar does not have.
DAYS = [FIRST_DAY + timedelta(days=day) for day in range(7)] + [date(2050, 1, 1)]
ITEM = pa.struct([("product_id", pa.string()), ("quantity", pa.int32()), ("unit_price", pa.decimal128(12, 2))])
ARROW = {
    "string": pa.string(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
    "double": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", "UTC"),
    "array<struct<product_id:string,quantity:int,unit_price:decimal(12,2)>>": pa.list_(ITEM),
}
VERSION = [("valid_from", ARROW["timestamp"]), ("valid_to", ARROW["timestamp"]), ("is_current", ARROW["boolean"])]
COUNTS = {"user_id": 6, "customer_id": 5, "product_id": 5, "order_id": 10, "session_id": 6, "subscription_id": 8, "warehouse_id": 2}
# A source may have the id by which dimensions call their unknown member.
OWN_UNKNOWN = {name: ["unknown"] for name in ("user_id", "customer_id", "product_id")}
TEXTS = {
    **{name: [*(f"{name[0].upper()}{n}" for n in range(count)), *OWN_UNKNOWN.get(name, [])] for name, count in COUNTS.items()},
    "event_id": [f"E{n}" for n in range(16)],
    "email": ["a@company.com", " A@company.com", "b@company.com", "c@company.com"],
    "currency": ["EUR", "USD"],
    "status": ["completed", "cancelled", "active", "trialing"],
    "type": ["payment", "refund", "fee", "payout"],
    "order_events.event_type": ["order_placed", "order_placed", "paid", "returned"],
    "user_events.event_type": ["page_view", "add_to_cart", "checkout", "purchase"],
}


class RandomSilver:
    """Writes as Silver does: appends to a table without a key, merges into one with a key, and keeps the feed of changes."""

    def __init__(self, lake: LakeBucket, contracts: dict[str, Any], seed: int) -> None:
        self._lake = lake
        self._contracts = contracts
        self._random = random.Random(seed)
        self._rows: dict[str, dict[tuple[Any, ...], Row]] = {dataset: {} for dataset in contracts}
        # Of each key what began when: a version, or None for its deletion.
        self._timelines: dict[str, dict[tuple[Any, ...], dict[datetime, Row | None]]] = {dataset: {} for dataset in contracts}
        self._sequence = 0

    def fill(self) -> None:
        for dataset, contract in self._contracts.items():
            keys = [key for key in self._keys(contract) if self._random.random() < 0.6]
            self._write(dataset, [self._row(dataset, key) for key in keys])

    def change(self) -> None:
        """Of most tables a few rows: those that are there change or go, others come."""
        for dataset, contract in self._contracts.items():
            if self._random.random() < 0.7:
                self._write(dataset, [self._changed(dataset, key) for key in self._random.sample(self._keys(contract), 2)])

    def versions(self) -> dict[str, int]:
        return {dataset: self._lake.delta("silver", dataset).version() for dataset in self._contracts}

    def _keys(self, contract: Row) -> list[tuple[Any, ...]]:
        if not contract["key"]:
            return [(n,) for n in range(20)]
        return list(product(*[TEXTS.get(name) or [Decimal(n) for n in range(12)] for name in contract["key"]]))

    def _changed(self, dataset: str, key: tuple[Any, ...]) -> Row:
        contract, before = self._contracts[dataset], self._rows[dataset].get(key)
        row = self._row(dataset, key)
        if before is None or not contract["key"]:
            return row
        kept = [name for name in before if name != "_sequence" and self._random.random() < 0.5]
        return {**row, **{name: before[name] for name in kept}, "_deleted": self._random.random() < 0.35}

    def _row(self, dataset: str, key: tuple[Any, ...]) -> Row:
        contract = self._contracts[dataset]
        self._sequence += 1
        values = {each["name"]: self._value(dataset, each) for each in contract["columns"]}
        return {**values, **dict(zip(contract["key"], key, strict=False)), "_sequence": self._sequence, "_deleted": False}

    def _value(self, dataset: str, column: Row) -> Any:
        if not column["required"] and self._random.random() < 0.2:
            return None
        name, type_ = column["name"], column["type"]
        if type_ == "string":
            return self._random.choice(TEXTS.get(f"{dataset}.{name}") or TEXTS.get(name) or ["x", "y"])
        if type_.startswith("array"):
            return [self._item() for _ in range(self._random.randint(1, 2))]
        if type_ == "boolean":
            return self._random.random() < 0.5
        day = self._random.choice(DAYS)
        at = self._hour_of(day)
        number = self._random.randint(0, 4)
        return {"date": day, "timestamp": at, "int": number, "double": number / 4}.get(type_, Decimal(number * 5))

    def _hour_of(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, self._random.randint(0, 23), tzinfo=timezone.utc)

    def _item(self) -> Row:
        price = self._random.choice([None, Decimal(5), Decimal(10)])
        return {"product_id": self._random.choice(TEXTS["product_id"]), "quantity": self._random.randint(1, 2), "unit_price": price}

    def _write(self, dataset: str, rows: list[Row]) -> None:
        contract = self._contracts[dataset]
        fields = [(each["name"], _arrow(each["type"])) for each in contract["columns"]]
        metadata = [("_sequence", pa.int64()), ("_deleted", pa.bool_())]
        if contract["load"]["history"] == "scd2":
            schema = pa.schema([*fields, *metadata, *VERSION])
            versions = [version for row in rows for version in self._versions(dataset, row)]
            self._lake.write_silver(dataset, pa.Table.from_pylist(versions, schema=schema), [*contract["key"], "_sequence"])
        else:
            self._lake.write_silver(dataset, pa.Table.from_pylist(rows, schema=pa.schema([*fields, *metadata])), contract["key"])
        for row in rows:
            key = tuple(row[name] for name in contract["key"])
            self._rows[dataset].pop(key, None)
            if not row["_deleted"]:
                self._rows[dataset][key] = row

    def _versions(self, dataset: str, row: Row) -> list[Row]:
        """All versions of the key, with one more, or a deletion more, at some time."""
        key = tuple(row[name] for name in self._contracts[dataset]["key"])
        timeline = self._timelines[dataset].setdefault(key, {})
        begins = self._hour_of(self._random.choice(DAYS[:-1])) + timedelta(microseconds=self._sequence)
        timeline[begins] = None if row["_deleted"] else row
        times = sorted(timeline)
        return [
            {**version, "_sequence": round(at.timestamp() * 1_000_000), "valid_from": at, "valid_to": ends, "is_current": ends is None}
            for at, ends in zip(times, [*times[1:], None], strict=True)
            if (version := timeline[at]) is not None
        ]


def _arrow(type_: str) -> pa.DataType:
    decimal = re.fullmatch(r"decimal\((\d+),(\d+)\)", type_)
    return pa.decimal128(int(decimal[1]), int(decimal[2])) if decimal else ARROW[type_]
