"""What becomes of a text under a type of the contract: the value exactly, or null for the rules to find."""

from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

from medallion.contract_text import PREFIX
from medallion.typed_rows import typed_column
from pyspark.sql import SparkSession


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=timezone.utc)  # type: ignore[arg-type,misc]


CASES: dict[str, dict[str, Any]] = {
    "int": {"12": 12, "-2147483648": -2147483648, "2147483648": None, "1.5": None, "1e3": None, "": None, "zwölf": None},
    "bigint": {"9223372036854775807": 9223372036854775807, "9223372036854775808": None},
    "boolean": {"true": True, "false": False, "t": True, "perhaps": None},
    "double": {"1.5": 1.5, "1e300": 1e300, "n/a": None},
    "date": {"2024-02-29": date(2024, 2, 29), "2023-02-29": None, "29.02.2024": None, "infinity": None},
    "timestamp": {
        "2024-01-15 10:00:00.123456+00": utc(2024, 1, 15, 10, 0, 0, 123456),
        "2024-01-15 10:00:00+05:30": utc(2024, 1, 15, 4, 30),
        "2024-01-15 10:00:00.123456789+00:00": utc(2024, 1, 15, 10, 0, 0, 123456),
        "2024-01-15 10:00:00.000000001": utc(2024, 1, 15, 10),
        "2024-01-20T09:00:00Z": utc(2024, 1, 20, 9),
        "2024-01-20T09:00:00.000042Z": utc(2024, 1, 20, 9, 0, 0, 42),
        "infinity": None,
        "yesterday, about nine": None,
        "2024-01-15 25:00:00": None,
    },
    "decimal(12,2)": {
        "19.99": Decimal("19.99"),
        "-0.05": Decimal("-0.05"),
        "7": Decimal("7.00"),
        "1.230": Decimal("1.23"),
        "1.239": None,
        "9999999999.99": Decimal("9999999999.99"),
        "10000000000": None,
        "NaN": None,
    },
    "decimal(38,0)": {"99999999999999999999999999999999999999": Decimal("9" * 38), "0.5": None, "-7.00": Decimal("-7")},
    "binary": {"00ff": b"\x00\xff", "\\x00ff": b"\x00\xff", "": b""},
    "string": {"": "", " Zoë ": " Zoë "},
}


def test_each_text_becomes_its_value_or_null(session: SparkSession) -> None:
    cases = [(type_, text, value) for type_, values in CASES.items() for text, value in values.items()]
    own = session.newSession()
    texts = own.createDataFrame([(number, text) for number, (_, text, _) in enumerate(cases)], f"number int, {PREFIX}it string")
    types = list(CASES)
    row_by_number = {
        row["number"]: row
        for row in texts.select("number", *[typed_column({"name": "it", "type": each}).alias(each) for each in types]).collect()
    }
    found = [(type_, text, _plain(row_by_number[number][type_])) for number, (type_, text, _) in enumerate(cases)]
    assert found == cases


def test_nested_json_becomes_structs(session: SparkSession) -> None:
    type_ = "array<struct<product_id:string,quantity:int,unit_price:decimal(12,2)>>"
    texts = ['[{"product_id":"P1","quantity":2,"unit_price":19.99}]', "[]", "{broken", None]
    rows = session.createDataFrame([(each,) for each in texts], f"{PREFIX}items string").select(
        typed_column({"name": "items", "type": type_})
    )
    assert [row["items"] for row in rows.collect()] == [[("P1", 2, Decimal("19.99"))], [], None, None]


def _plain(value: Any) -> Any:
    """Spark's answers are in the process's time zone and carry none."""
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc)
    return bytes(value) if isinstance(value, bytearray) else value
