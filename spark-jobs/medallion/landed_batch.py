"""Reads a landed batch by its manifest: the Parquet objects of a role, under the schema that the manifest states."""

from __future__ import annotations

import re
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion.run_plan import Batch

TYPES = {
    "VARCHAR": "string",
    "BIGINT": "bigint",
    "INTEGER": "int",
    "BOOLEAN": "boolean",
    "BLOB": "binary",
    "TIMESTAMP": "timestamp",
    "DATE": "date",
}


def landed_rows(session: SparkSession, batch: Batch, manifest: dict[str, Any]) -> DataFrame:
    """The landed columns, and `_object`: where the row lay."""
    return _read(session, batch, manifest, "rows", manifest["columns"])


def landed_in() -> Column:
    """The batch in which a row landed, as its object tells: also of a row that was taken back from quarantine."""
    return F.regexp_extract("_object", r"/batch(?:=|%3D)(\d+)/", 1).cast("bigint")


def landed_keys(session: SparkSession, batch: Batch, manifest: dict[str, Any], key: list[dict[str, Any]]) -> DataFrame:
    """The source's complete key set. `key`: columns of the contract; a batch of before one was renamed has it under an earlier name."""
    names = {name for column in key for name in [column["name"], *column.get("aliases", [])]}
    return _read(session, batch, manifest, "keys", [column for column in manifest["columns"] if column["name"] in names])


def has_keys(manifest: dict[str, Any]) -> bool:
    return any(each["role"] == "keys" for each in manifest["objects"])


def address_of(batch: Batch, landed_object: dict[str, Any]) -> str:
    bucket = re.match(r"s3://[^/]+/", batch.landing)
    if bucket is None:
        raise ValueError(f"expected a landing of the form s3://<bucket>/<folder>; found {batch.landing}")
    return "{}{}".format(bucket.group(0), landed_object["key"])


def _read(session: SparkSession, batch: Batch, manifest: dict[str, Any], role: str, columns: list[dict[str, str]]) -> DataFrame:
    return read_landed(session, [address_of(batch, each) for each in manifest["objects"] if each["role"] == role], columns)


def read_landed(session: SparkSession, addresses: list[str], columns: list[dict[str, str]]) -> DataFrame:
    """Objects that landed with these columns."""
    typed = [(column["name"].replace("`", "``"), _spark_type(column["type"])) for column in columns]
    if not addresses:
        nothing = [f"CAST(NULL AS {type_}) AS `{name}`" for name, type_ in typed]
        return session.range(0).selectExpr(*nothing, "'' AS _object")
    schema = ", ".join(f"`{name}` {type_}" for name, type_ in typed)
    return session.read.schema(schema).parquet(*addresses).select("*", F.col("_metadata.file_path").alias("_object"))


def _spark_type(landed_type: str) -> str:
    return TYPES.get(landed_type) or landed_type.lower()
