"""Counts every request as one over TLS: it never leaves the machine, and bucket policies that demand TLS would refuse the laptop's http."""

from typing import Any

from ministack.core import iam_evaluator

_resolve = iam_evaluator._resolve_condition_key


def install() -> None:
    iam_evaluator._resolve_condition_key = resolve


def resolve(key: str, context: Any) -> Any:
    return "true" if key.lower() == "aws:securetransport" else _resolve(key, context)
