"""Decides where a record's value holds its JSON text, by the contract's `valueFormat`, and why a value has none."""

from __future__ import annotations

from typing import Any, Dict

from pyspark.sql import Column
from pyspark.sql import functions as F

Contract = Dict[str, Any]

# Confluent's wire format: a zero octet, the id of the schema in four octets, then the content.
CONFLUENT_JSON = "confluent-json"
HEADER = 5

# Why a value cannot be read, each a rule of its own: `<dataset>.value.framing`.
NO_JSON, NO_FRAMING = "json", "framing"


def record_octets(contract: Contract) -> Column:
    """Of the JSON text. Null of a tombstone, and of a value that is not framed where it has to be."""
    if not _is_framed(contract):
        return F.col("value")
    return F.when(_has_header(), F.expr(f"substring(value, {HEADER + 1})"))


def unreadable_because(readable: Column, contract: Contract) -> Column:
    """`readable`: whether the text is a JSON object. Null where it is. A tombstone has no framing to miss."""
    broken = ~F.coalesce(readable, F.lit(False))
    if not _is_framed(contract):
        return F.when(broken, NO_JSON)
    return F.when(~F.coalesce(_has_header(), F.lit(True)), NO_FRAMING).when(broken, NO_JSON)


def reasons(contract: Contract) -> list[str]:
    """Those that a value of the contract's format may have."""
    return [NO_FRAMING, NO_JSON] if _is_framed(contract) else [NO_JSON]


def _is_framed(contract: Contract) -> bool:
    return bool(contract.get("valueFormat") == CONFLUENT_JSON)


def _has_header() -> Column:
    return F.expr(f"length(value) > {HEADER} AND substring(value, 1, 1) = X'00'")
