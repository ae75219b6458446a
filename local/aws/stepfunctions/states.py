"""Walks through the states of a machine, a branch or an iteration, and writes each into the history (upstream: the top level only)."""

import copy
import json
from collections.abc import Callable
from typing import Any

from ministack.core.responses import now_iso
from ministack.services import stepfunctions

from local.aws.stepfunctions.history import Execution, add_event, check_running

Context = dict[str, Any]
State = dict[str, Any]

# What AWS lets a state take or give: 256 KiB as UTF-8.
PAYLOAD_LIMIT = 256 * 1024


def install() -> None:
    stepfunctions._run_sub_machine = run_states


def is_jsonata(state: State, context: Context) -> bool:
    return bool(stepfunctions._state_query_language(state, context) == "JSONata")


def run_states(
    states: dict[str, State],
    start: str,
    value: Any,
    execution: Execution,
    context: Context,
    entering: Callable[[str, Any], None] = lambda name, value: None,
) -> Any:
    """The output of the last state. `entering` is told each state's name and input before the state begins."""
    name: str | None = start
    value = copy.deepcopy(value)
    while name:
        check_running(execution)
        if name not in states:
            raise stepfunctions._ExecutionError("States.Runtime", f"State '{name}' not found")
        entering(name, value)
        value, name = _run_state(name, states[name], value, execution, context)
    return value


def _run_state(name: str, state: State, value: Any, execution: Execution, context: Context) -> tuple[Any, str | None]:
    kind = state["Type"]
    context["State"] = {"Name": name, "EnteredTime": now_iso(), "RetryCount": 0}
    add_event(execution, f"{kind}StateEntered", {"stateEnteredEventDetails": {"name": name, "input": json.dumps(value)}})
    if kind == "Fail":
        raise stepfunctions._ExecutionError(*stepfunctions._fail_state_error(state, value, context))
    output, following = _execute(kind, state, value, execution, context)
    text = json.dumps(output)
    if len(text.encode()) > PAYLOAD_LIMIT:
        raise stepfunctions._ExecutionError(
            "States.DataLimitExceeded", f"The state '{name}' returned a result with a size exceeding the maximum of {PAYLOAD_LIMIT} bytes."
        )
    add_event(execution, f"{kind}StateExited", {"stateExitedEventDetails": {"name": name, "output": text}})
    return output, following


def _execute(kind: str, state: State, value: Any, execution: Execution, context: Context) -> tuple[Any, str | None]:
    if kind == "Succeed":
        return _succeed(state, value, context), None
    if kind in ("Task", "Parallel", "Map"):
        execute = {"Task": stepfunctions._execute_task, "Parallel": stepfunctions._execute_parallel, "Map": stepfunctions._execute_map}[
            kind
        ]
        output, following = execute(state, value, execution, context)
    elif kind in ("Pass", "Choice", "Wait"):
        execute = {"Pass": stepfunctions._execute_pass, "Choice": stepfunctions._execute_choice, "Wait": stepfunctions._execute_wait}[kind]
        output, following = execute(state, value, context)
    else:
        raise stepfunctions._ExecutionError("States.Runtime", f"Unknown state type: {kind}")
    return output, following


def _succeed(state: State, value: Any, context: Context) -> Any:
    if is_jsonata(state, context):
        return stepfunctions._apply_jsonata_output(state, value, context, default=value)
    return stepfunctions._apply_output_path(state, stepfunctions._apply_input_path(state, value, context), context)


def finish(state: State, value: Any, context: Context, result: Any) -> tuple[Any, str | None]:
    """Output and Assign of a JSONata state that has its result."""
    output = stepfunctions._apply_jsonata_output(state, value, context, result=result, default=result)
    stepfunctions._apply_state_assign(state, value, context, result=result)
    return output, stepfunctions._next_or_end(state)
