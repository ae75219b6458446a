"""Decides where a record's value holds its JSON text, by the contract's `valueFormat`, and why a value has none."""

from __future__ import annotations

import re
from typing import Any, Dict

from pyspark.sql import Column
from pyspark.sql import functions as F

from medallion.load_mode import is_compacted

Contract = Dict[str, Any]

CONFLUENT_JSON, CONFLUENT_AVRO = "confluent-json", "confluent-avro"
# Confluent's wire format: a zero octet, the id of the schema in four octets, then the content.
HEADER = 5

# Of a value in Avro: what it holds, as JSON (avro_documents.py), and whether the schema it names is known.
DOCUMENT, HAS_SCHEMA = "_document", "_has_schema"

# Why a value cannot be read, each a rule of its own: `<dataset>.value.framing`.
NO_JSON, NO_FRAMING, NO_SCHEMA, NO_AVRO = "json", "framing", "schema", "avro"


def record_octets(contract: Contract) -> Column:
    """Of the JSON text. Null of a tombstone, and of a value that holds none."""
    if is_avro(contract):
        return F.encode(DOCUMENT, "UTF-8")
    if not _is_framed(contract):
        return F.col("value")
    return F.when(has_header(contract), F.expr(f"substring(value, {HEADER + 1})"))


def unreadable_because(readable: Column, contract: Contract) -> Column:
    """`readable`: whether the text is a JSON object. Null where it is, and of a tombstone in a compacted topic. None misses framing."""
    broken = ~F.coalesce(readable, F.lit(False))
    if is_compacted(contract):
        broken = broken & F.col("value").isNotNull()
    if not _is_framed(contract):
        return F.when(broken, NO_JSON)
    unframed = F.when(~F.coalesce(has_header(contract), F.lit(True)), NO_FRAMING)
    if not is_avro(contract):
        return unframed.when(broken, NO_JSON)
    return unframed.when(~F.coalesce(HAS_SCHEMA, F.lit(True)), NO_SCHEMA).when(broken, NO_AVRO)


def reasons(contract: Contract) -> list[str]:
    """Those that a value of the contract's format may have."""
    if is_avro(contract):
        return [NO_FRAMING, NO_SCHEMA, NO_AVRO]
    return [NO_FRAMING, NO_JSON] if _is_framed(contract) else [NO_JSON]


def is_avro(contract: Contract) -> bool:
    return bool(contract.get("valueFormat") == CONFLUENT_AVRO)


def has_header(contract: Contract) -> Column:
    """In Avro a record without fields has no octets, a JSON text has some."""
    least = HEADER if is_avro(contract) else HEADER + 1
    return F.expr(f"length(value) >= {least} AND substring(value, 1, 1) = X'00'")


def paths_of(column: dict[str, Any]) -> list[list[str]]:
    """Where a value has the column: versions of an event that have it at different places name them all, the first that is there counts."""
    paths = column.get("paths") or [column.get("path", "$." + column["name"])]
    return [re.sub(r"^\$\.", "", path).split(".") for path in paths]


def _is_framed(contract: Contract) -> bool:
    return contract.get("valueFormat") in (CONFLUENT_JSON, CONFLUENT_AVRO)
