"""Which columns a Silver table has: the contract's, those that say where a row comes from, and what came along from the source."""

from __future__ import annotations

from typing import Any, Dict

from pyspark.sql import DataFrame

from medallion.content_hash import CONTENT_HASH
from medallion.contract_text import UNKNOWN_FIELDS
from medallion.load_mode import has_records, keeps_versions
from medallion.versions import VERSION_COLUMNS

Contract = Dict[str, Any]

METADATA = [
    ("_batch", "bigint"),
    ("_run", "string"),
    ("_source", "string"),
    ("_object", "string"),
    ("_ingested_at", "timestamp"),
    ("_row_hash", "string"),
    (CONTENT_HASH, "string"),
    ("_sequence", "bigint"),
]
RECORD_METADATA = [("_sequence_partition", "int"), (UNKNOWN_FIELDS, "map<string,string>")]


def silver_columns(contract: Contract) -> list[tuple[str, str]]:
    columns = [(each["name"], each["type"]) for each in contract["columns"]]
    records = RECORD_METADATA if has_records(contract) else []
    return columns + METADATA + records + (VERSION_COLUMNS if keeps_versions(contract) else [])


def added_columns(rows: DataFrame, contract: Contract) -> dict[str, str]:
    """Those that came along from the source and are not in the contract, with their types."""
    names = {name for name, _ in silver_columns(contract)}
    return {name: type_ for name, type_ in rows.dtypes if not name.startswith("_") and name not in names}
