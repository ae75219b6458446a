"""Spark passes the vectors that TypeScript and DuckDB pass."""

import json
from typing import Any

import pytest
from conftest import CHECKOUT
from medallion.row_hash import layer_hash, layer_hash_parts, row_hash
from pyspark.sql import SparkSession

VECTORS = json.loads((CHECKOUT / "test" / "vectors" / "row-hash.json").read_text())
SPARK = {"VARCHAR": "string", "BIGINT": "bigint", "INTEGER": "int"}


def literal(landed_type: str, value: str | None) -> str:
    type_ = SPARK.get(landed_type, landed_type.lower())
    if value is None:
        return f"CAST(NULL AS {'binary' if type_ == 'blob' else type_})"
    text = "".join(f"\\u{ord(each):04x}" if ord(each) < 128 else each for each in value)
    return f"unhex('{text}')" if type_ == "blob" else f"CAST('{text}' AS {type_})"


@pytest.mark.parametrize("vector", VECTORS["rows"], ids=lambda vector: vector["name"])
def test_row_hash(session: SparkSession, vector: dict[str, Any]) -> None:
    values = zip(vector["columns"], vector["values"], strict=True)
    row = session.range(1).selectExpr(*[f"{literal(column['type'], value)} AS `{column['name']}`" for column, value in values])
    assert row.select(row_hash(vector["columns"]).alias("hash")).collect()[0]["hash"] == vector["rowHash"]


def test_layer_hash(session: SparkSession) -> None:
    rows = [(vector["name"], each) for vector in VECTORS["layers"] for each in vector["rowHashes"]]
    measured = session.createDataFrame(rows, "name string, hash string").groupBy("name").agg(*layer_hash_parts("hash")).collect()
    found = {each["name"]: (each["rows"], layer_hash(each["high"], each["low"])) for each in measured}
    expected = {vector["name"]: (len(vector["rowHashes"]), vector["layerHash"]) for vector in VECTORS["layers"] if vector["rowHashes"]}
    assert found == expected


def test_layer_hash_of_nothing(session: SparkSession) -> None:
    empty = session.range(0).selectExpr("'' AS hash").agg(*layer_hash_parts("hash")).collect()[0]
    assert (empty["rows"], layer_hash(empty["high"], empty["low"])) == (0, "0" * 32)
