"""Runs a Map under JSONata: its items, what each iteration is given, and the iterations themselves, inline or as a Map Run."""

import copy
from functools import partial
from typing import Any

from ministack.services import stepfunctions

from local.aws.scope import run_all
from local.aws.stepfunctions.history import Execution, add_event
from local.aws.stepfunctions.map_run import run_distributed
from local.aws.stepfunctions.states import Context, State, finish, is_jsonata, run_states

_run_jsonpath_items = stepfunctions._run_map_items

# AWS runs no more iterations of an inline Map at once.
INLINE_LIMIT = 40


def install() -> None:
    stepfunctions._run_map_items = run_items


def run_items(state: State, value: Any, execution: Execution, context: Context) -> tuple[Any, str | None]:
    if not is_jsonata(state, context):
        return _run_jsonpath_items(state, value, execution, context)  # type: ignore[no-any-return]
    items = _items(state, value, context)
    inputs = [_input_of(state, index, item, value, context) for index, item in enumerate(items)]
    add_event(execution, "MapStateStarted", {"mapStateStartedEventDetails": {"length": len(items)}})
    if state["ItemProcessor"].get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED":
        limits = {
            name: _number(state, name, value, context) for name in ("MaxConcurrency", "ToleratedFailurePercentage", "ToleratedFailureCount")
        }
        results = run_distributed(state, limits, inputs, execution, context)
    else:
        results = _run_inline(state, inputs, items, int(_number(state, "MaxConcurrency", value, context) or 0), execution, context)
    add_event(execution, "MapStateSucceeded")
    return finish(state, value, context, results)


def _items(state: State, value: Any, context: Context) -> list[Any]:
    if "ItemReader" in state:
        reader = {
            **state["ItemReader"],
            "Parameters": stepfunctions._apply_jsonata_template(state["ItemReader"]["Arguments"], value, context),
        }
        items = stepfunctions._read_map_items(reader, value, {})
        if not isinstance(items, list):
            raise stepfunctions._ExecutionError("States.ItemReaderFailed", "Attempting to map over non-iterable node.")
        return items
    if "Items" not in state:
        return stepfunctions._jsonata_state_field({"Items": value}, "Items", "array", value, context)  # type: ignore[no-any-return]
    return stepfunctions._jsonata_state_field(state, "Items", "array", value, context)  # type: ignore[no-any-return]


def _input_of(state: State, index: int, item: Any, value: Any, context: Context) -> Any:
    if "ItemSelector" not in state:
        return item
    return stepfunctions._apply_jsonata_template(
        state["ItemSelector"], value, {**context, "Map": {"Item": {"Index": index, "Value": item}}}
    )


def _number(state: State, name: str, value: Any, context: Context) -> float | None:
    return stepfunctions._jsonata_state_field(state, name, "number", value, context) if name in state else None


def _run_inline(state: State, inputs: list[Any], items: list[Any], at_once: int, execution: Execution, context: Context) -> list[Any]:
    def iterate(index: int) -> Any:
        details = {"name": context["State"]["Name"], "index": index}
        own = {**copy.deepcopy(context), "Map": {"Item": {"Index": index, "Value": items[index]}}}
        add_event(execution, "MapIterationStarted", {"mapIterationStartedEventDetails": details})
        try:
            result = run_states(processor["States"], processor["StartAt"], inputs[index], execution, own)
        except stepfunctions._ExecutionError:
            add_event(execution, "MapIterationFailed", {"mapIterationFailedEventDetails": details})
            raise
        add_event(execution, "MapIterationSucceeded", {"mapIterationSucceededEventDetails": details})
        return result

    processor = state["ItemProcessor"]
    return run_all([partial(iterate, index) for index in range(len(items))], at_once=at_once or INLINE_LIMIT)
