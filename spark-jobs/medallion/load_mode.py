"""What a contract's way of loading means for its rows: which version of a key counts, what orders versions, what absence says."""

from __future__ import annotations

from typing import Any, Dict

Contract = Dict[str, Any]


def first_wins(contract: Contract) -> bool:
    """Rows are immutable: a later one of the same key is a repetition."""
    return contract["load"]["mode"] in ("append", "offsets")


def row_key(contract: Contract) -> list[str]:
    """
    The columns by which two rows are one: the key; of a topic without one all that landed of the record, which has its place in the topic.
    """
    return list(contract["key"]) or ["_row_hash"]


def is_snapshot(contract: Contract) -> bool:
    """A snapshot is true as a whole, whatever its rows say of their age: the batch orders it."""
    return bool(contract["load"]["mode"] == "snapshot")


def ordering_column(contract: Contract) -> str | None:
    """The column whose value orders the versions of a key, if one does."""
    return contract["load"].get("sequence") if contract["load"]["mode"] in ("cursor", "append") else None


def lands_changes(contract: Contract) -> bool:
    """Rows are operations that the source tells of (change_rows.py)."""
    return contract["load"]["mode"] in ("log", "changes")


def is_compacted(contract: Contract) -> bool:
    """Records of a topic that keeps the newest of each key (compacted_records.py)."""
    return bool(contract["load"]["mode"] == "compacted")


def has_operations(contract: Contract) -> bool:
    """Rows say what was done to a key: the one with the highest position counts, and a deletion takes the key away."""
    return lands_changes(contract) or is_compacted(contract)


def keeps_versions(contract: Contract) -> bool:
    """Every version of a key stays, from when it counted to when it no longer did (SCD2)."""
    return bool(contract["load"].get("history") == "scd2")


def has_records(contract: Contract) -> bool:
    """Rows are records of a topic whose columns are found in their values."""
    return bool(contract["source"] == "kafka")
