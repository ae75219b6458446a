"""A value as SQL has it: for conditions that Delta holds against its log, which it does with literals alone."""

from __future__ import annotations


def sql_literal(text: str, type_: str) -> str:
    """Of the value of the type that prints as this text."""
    quoted = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"CAST('{quoted}' AS {type_})"
