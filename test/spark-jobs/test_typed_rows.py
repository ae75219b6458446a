"""What becomes of a text under a type of the contract: the value exactly, or null for the rules to find."""

import math
import re
from datetime import date, datetime, timezone
from decimal import Context, Decimal
from random import Random
from typing import Any

from medallion.contract_text import PREFIX
from medallion.typed_rows import typed_column
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=timezone.utc)  # type: ignore[arg-type,misc]


WIDE = Context(prec=500)

CASES: dict[str, dict[str, Any]] = {
    "int": {
        **{"12": 12, "-2147483648": -2147483648, "2147483647": 2147483647, "+7": 7, "007": 7},
        **dict.fromkeys(["2147483648", "1.5", "1e3", "", " 12", "12 ", "12\n", "12abc", "0x1f", "1_000", "zwölf", "NaN"]),
    },
    "bigint": {"9223372036854775807": 9223372036854775807, "9223372036854775808": None, "1.0": None, "1e3": None},
    "boolean": {"true": True, "false": False, "t": True, "f": False, **dict.fromkeys(["perhaps", "yes", "1", "0", "T", " true", ""])},
    "double": {
        **{
            "1.5": 1.5,
            "1e300": 1e300,
            "-7": -7.0,
            "0.30000000000000004": 0.1 + 0.2,
            "5e-324": 5e-324,
            "1.7976931348623157e308": 1.7976931348623157e308,
        },
        **{
            "0.1": 0.1,
            "-0": -0.0,
            "0e-999": 0.0,
            "9007199254740992": 2.0**53,
            "100000000000000000000": 1e20,
            "1.50000000000000000000000": 1.5,
        },
        **{"Infinity": math.inf, "-inf": -math.inf},
        **dict.fromkeys(
            ["1e400", "-1e400", "1e-400", "9007199254740993", "0.123456789012345678", "n/a", "1.5d", "2f", "0x1p3", " 1.5", "1.5\n", ""]
        ),
    },
    "date": {
        **{"2024-02-29": date(2024, 2, 29), "0001-01-01": date(1, 1, 1), "9999-12-31": date(9999, 12, 31)},
        **dict.fromkeys(
            ["2023-02-29", "29.02.2024", "infinity", "-infinity", "0044-03-15 BC", "10000-01-01", "+10000-01-01", "0000-01-01"]
        ),
        **dict.fromkeys(["2024-1-5", "2024", "2024-01", "2024-01-15 10:00:00", "2024-01-15T00:00:00Z", " 2024-01-15", ""]),
    },
    "timestamp": {
        "2024-01-15 10:00:00.123456+00": utc(2024, 1, 15, 10, 0, 0, 123456),
        "2024-01-15 10:00:00+05:30": utc(2024, 1, 15, 4, 30),
        "2024-01-15 10:00:00.123456000+00:00": utc(2024, 1, 15, 10, 0, 0, 123456),
        "2024-01-20T09:00:00Z": utc(2024, 1, 20, 9),
        "2024-01-20T09:00Z": None,
        "2024-01-20T09:00:00.000042Z": utc(2024, 1, 20, 9, 0, 0, 42),
        "2024-01-15": utc(2024, 1, 15),
        "0001-01-01 00:00:00": utc(1, 1, 1),
        "9999-12-31 23:59:59.999999+00": utc(9999, 12, 31, 23, 59, 59, 999999),
        **dict.fromkeys(["2024-01-15 10:00:00.123456789+00:00", "2024-01-15 10:00:00.000000001", "2024-01-15 10:00:00.1234567"]),
        **dict.fromkeys(["infinity", "-infinity", "0044-03-15 12:00:00+00 BC", "10000-01-01 00:00:00+00", "0000-01-01 00:00:00+00"]),
        **dict.fromkeys(
            ["yesterday, about nine", "2024-01-15 25:00:00", "10:00:00", "2024", "2024-1-5 10:00:00", " 2024-01-15 10:00:00", ""]
        ),
        **dict.fromkeys(["2024-01-15 10:00:00 Europe/Zurich", "2024-01-15 10:00:00Z\n", "1705312800000"]),
    },
    "decimal(12,2)": {
        "19.99": Decimal("19.99"),
        "-0.05": Decimal("-0.05"),
        "7": Decimal("7.00"),
        "1.230": Decimal("1.23"),
        "1e3": Decimal("1000.00"),
        "1.23456785E7": Decimal("12345678.50"),
        "1.5e-1": Decimal("0.15"),
        "9999999999.99": Decimal("9999999999.99"),
        **dict.fromkeys(
            ["1.239", "1.23" + "0" * 30 + "1", "10000000000", "1e10", "1.5e-3", "1.2345678912E7", "NaN", "Infinity", " 1.5", "1.5\n", ""]
        ),
    },
    "decimal(36,2)": {
        "1." + "5" + "0" * 60: Decimal("1.50"),
        "1.230001": None,
        "1.23000000001": None,
        "9" * 34 + ".99": Decimal("9" * 34 + ".99"),
    },
    "decimal(38,0)": {"9" * 38: Decimal("9" * 38), "9" * 39: None, "0.5": None, "-7.00": Decimal("-7")},
    "decimal(38,38)": {"0." + "9" * 38: Decimal("0." + "9" * 38), "1": None, "0." + "9" * 39: None},
    "binary": {"00ff": b"\x00\xff", "\\x00FF": b"\x00\xff", "\\x": b"", "": b"", "0ff": None, "\\x0": None, "zz": None},
    "string": {"": "", " Zoë ": " Zoë "},
}


def test_each_text_becomes_its_value_or_null(session: SparkSession) -> None:
    cases = [(type_, text, value) for type_, values in CASES.items() for text, value in values.items()]
    own = session.newSession()
    texts = own.createDataFrame([(number, text) for number, (_, text, _) in enumerate(cases)], f"number int, {PREFIX}it string")
    types = list(CASES)
    row_by_number = {
        row["number"]: row
        for row in texts.select("number", *[_readable({"name": "it", "type": each}).alias(each) for each in types]).collect()
    }
    found = [(type_, text, _plain(row_by_number[number][type_], type_)) for number, (type_, text, _) in enumerate(cases)]
    assert found == cases


def any_number(random: Random) -> str:
    """Of any length, with a point or an exponent or neither."""
    whole, fraction = ("".join(random.choices("0019", k=random.choice([0, 1, 2, 9, 10, 11, 17, 28, 38]))) for _ in range(2))
    exponent = random.choice(["", "", "", f"e{random.randint(-30, 30)}", f"E{random.choice([-400, -310, 309, 400])}"])
    return random.choice(["", "-", "+"]) + whole + random.choice(["", "." + fraction]) + exponent


def test_any_number_is_its_value_or_null_and_null_only_where_the_type_cannot_hold_it(session: SparkSession) -> None:
    random = Random(28)
    numbers = sorted({any_number(random) for _ in range(4_000)})
    types = {"decimal(12,2)": (12, 2), "decimal(36,2)": (36, 2), "decimal(38,18)": (38, 18), "bigint": None, "double": None}
    rows = session.createDataFrame([(each,) for each in numbers], f"{PREFIX}it string").select(
        F.col(PREFIX + "it").alias("text"), *[typed_column({"name": "it", "type": each}).alias(each) for each in types]
    )
    held = dict.fromkeys(types, 0)
    for row in rows.collect():
        text = row["text"]
        exact = Decimal(text) if re.search(r"\d", text.lower().split("e")[0]) else None
        for type_, sizes in types.items():
            found, said = row[type_], f"{text} as {type_}"
            held[type_] += found is not None
            if exact is None:
                assert found is None, said
            elif sizes:
                fits = abs(exact) < 10 ** (sizes[0] - sizes[1]) and exact == exact.quantize(Decimal(1).scaleb(-sizes[1]), context=WIDE)
                # Such texts Spark never writes; they may be set aside.
                many = "e" in text.lower() and (len(exact.normalize(WIDE).as_tuple().digits) > 15 or exact == 0)
                assert found == (exact if fits and not (many and found is None) else None), said
            elif type_ == "bigint":
                assert found == (int(text) if re.fullmatch(r"[+-]?\d+", text) and abs(exact) < 2**63 else None), said
            elif found is not None:
                assert found == float(text) and math.isfinite(found) and (found != 0 or exact == 0), said
                assert len(exact.normalize(WIDE).as_tuple().digits) <= 17, said
            else:
                digits = len(exact.normalize(WIDE).as_tuple().digits)
                other_integer = re.fullmatch(r"[+-]?\d+", text) is not None and Decimal(float(text)) != exact
                assert digits > 15 or other_integer or math.isinf(float(text)) or (float(text) == 0 and exact != 0), said
    assert min(held.values()) > 300


def test_times_finer_than_microseconds_are_cut_where_the_contract_says_so(session: SparkSession) -> None:
    texts = ["2024-01-15 10:00:00.123456789+00:00", "2024-01-15 10:00:00.9999999", "infinity", "2024-01-15 10:00:00.1234567 BC"]
    column = {"name": "at", "type": "timestamp", "fractionalSecondsPrecision": 6}
    rows = session.createDataFrame([(each,) for each in texts], f"{PREFIX}at string").select(_readable(column).alias("at")).collect()
    assert [_plain(row["at"], "timestamp") for row in rows] == [
        utc(2024, 1, 15, 10, 0, 0, 123456),
        utc(2024, 1, 15, 10, 0, 0, 999999),
        None,
        None,
    ]


def test_nested_json_becomes_structs_unless_a_value_in_it_has_no_place_there(session: SparkSession) -> None:
    type_ = "array<struct<product_id:string,quantity:int,unit_price:decimal(12,2),tags:array<string>>>"
    whole = {
        '[{"product_id":"P1","quantity":2,"unit_price":19.99,"tags":["a",null]}, null]': [("P1", 2, Decimal("19.99"), ["a", None]), None],
        '[{"product_id":"P1"}, {"quantity":null}]': [("P1", None, None, None), (None, None, None, None)],
        '[{"product_id":1.10000000000000000001,"unit_price":1.5}]': [("1.10000000000000000001", None, Decimal("1.5"), None)],
        "[]": [],
    }
    lost = ['[{"unit_price":19.999}]', '[{"unit_price":1.50000000000000000001}]', '[{"quantity":2},{"quantity":"two"}]', "{broken", None]
    texts = [*whole, *lost]
    rows = session.createDataFrame([(each,) for each in texts], f"{PREFIX}items string").select(
        typed_column({"name": "items", "type": type_})
    )
    assert [row["items"] for row in rows.collect()] == [*whole.values(), *[None] * len(lost)]


def _readable(column: dict[str, Any]) -> Column:
    """A time as text: Python's has no place for the first day of year 1 in most time zones."""
    return typed_column(column).cast("string") if column["type"] == "timestamp" else typed_column(column)


def _plain(value: Any, type_: str) -> Any:
    if type_ == "timestamp" and value is not None:
        return datetime.fromisoformat(value).replace(tzinfo=timezone.utc)
    return bytes(value) if isinstance(value, bytearray) else value
