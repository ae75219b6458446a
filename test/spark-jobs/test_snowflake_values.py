"""
What Silver makes of the texts that Snowflake's values land as (test/functions/sources/snowflake/every-type.test.ts shows that they do): the
value, or null where the type of the contract cannot hold it whole, for the rules to set the row aside.
"""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

from medallion.contract_text import PREFIX
from medallion.typed_rows import typed_column
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "snowflake-values.json").read_text(encoding="utf-8"))

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
VALUE_OF: "dict[str, Callable[[str], Any]]" = {
    "string": str,
    "int": int,
    "bigint": int,
    "decimal": Decimal,
    "double": lambda text: repr(float(text)),
    "boolean": lambda text: text == "true",
    "date": date.fromisoformat,
    "timestamp": lambda text: (datetime.fromisoformat(text) - EPOCH) // timedelta(microseconds=1),
    "binary": bytes.fromhex,
}


def test_each_landed_text_is_its_value_or_set_aside(session: SparkSession) -> None:
    cases = [
        (type_, value.get("landed", value["written"]), None if expected is None else VALUE_OF[type_.split("(")[0]](expected))
        for vector in VECTORS
        for value in vector["values"]
        for type_, expected in value.get("silver", {}).items()
    ]
    assert len(cases) > 80
    types = sorted({type_ for type_, _, _ in cases})
    texts = session.createDataFrame([(number, text) for number, (_, text, _) in enumerate(cases)], f"number int, {PREFIX}it string")
    typed = texts.select("number", *[_readable(type_).alias(type_) for type_ in types]).collect()
    row_by_number = {row["number"]: row for row in typed}
    found = [(type_, text, _plain(type_, row_by_number[number][type_])) for number, (type_, text, _) in enumerate(cases)]
    assert found == cases


def _readable(type_: str) -> Column:
    """A time as its microseconds: Python's has no place for the first day of year 1 in most time zones."""
    column = typed_column({"name": "it", "type": type_})
    return F.call_udf("unix_micros", column) if type_ == "timestamp" else column


def _plain(type_: str, value: Any) -> Any:
    if value is None:
        return None
    # A double by its digits: NaN is not NaN.
    return {"double": repr, "binary": bytes}.get(type_, lambda same: same)(value)
