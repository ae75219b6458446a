"""Evaluates JSONata with a limit that a busy laptop keeps, hands on plain JSON, and assigns a state's variables at once, as AWS does."""

import json
from typing import Any

from ministack.services import stepfunctions

# AWS gives an expression a second of its own machine; here the clock runs on while other processes have the cores.
LIMIT_MS = 30_000

_parse = stepfunctions.jsonata.Jsonata.jsonata
_evaluate = stepfunctions._evaluate_jsonata


def install() -> None:
    stepfunctions.jsonata.Jsonata.jsonata = staticmethod(parse)
    stepfunctions._evaluate_jsonata = evaluate
    stepfunctions._apply_state_assign = assign


def parse(expression: str, *arguments: Any, **settings: Any) -> Any:
    return _parse(expression, *arguments, **{**settings, "timeout": LIMIT_MS})


def evaluate(*arguments: Any, **settings: Any) -> Any:
    """A list made by a filter remembers that it was one, and the next expression would unwrap it when it has one item."""
    return json.loads(json.dumps(_evaluate(*arguments, **settings)))


def assign(state: dict[str, Any], value: Any, context: dict[str, Any] | None, result: Any = None, error_output: Any = None) -> None:
    """All expressions see the values from before the state; upstream shows a later one what an earlier one has just assigned."""
    if context is None or stepfunctions._state_query_language(state, context) != "JSONata":
        return
    new = stepfunctions._apply_jsonata_template(state.get("Assign", {}), value, context, result=result, error_output=error_output)
    context.setdefault("variables", {}).update(new)
