"""Runs another machine as a task that waits for it: an execution like any other, which upstream's is not (no event says that it ended)."""

import json
import time
from typing import Any

from ministack.services import stepfunctions

from local.aws.stepfunctions.aws_sdk import call
from local.aws.stepfunctions.history import ExecutionEnded, check_running

POLL_SECONDS = 0.2

# What the answer holds as JSON text: `.sync:2` hands it on as the value itself.
_TEXTS = ("Input", "Output")


def install() -> None:
    stepfunctions._invoke_nested_start_execution_sync = start_and_wait


def start_and_wait(resource: str, arguments: dict[str, Any]) -> Any:
    given = arguments.get("Input", {})
    name = {"Name": arguments["Name"]} if "Name" in arguments else {}
    start = {"StateMachineArn": arguments["StateMachineArn"], "Input": given if isinstance(given, str) else json.dumps(given)}
    execution = _states("StartExecution", {**start, **name})["ExecutionArn"]
    while (found := _states("DescribeExecution", {"ExecutionArn": execution}))["Status"] == "RUNNING":
        try:
            check_running()
        except ExecutionEnded:
            _states("StopExecution", {"ExecutionArn": execution})
            raise
        time.sleep(POLL_SECONDS)
    if found["Status"] != "SUCCEEDED":
        raise stepfunctions._ExecutionError("States.TaskFailed", json.dumps(found))
    if resource.endswith(":2"):
        return {key: json.loads(value) if key in _TEXTS else value for key, value in found.items()}
    return found


def _states(action: str, arguments: dict[str, Any]) -> Any:
    """Step Functions' own API begins its names in lower case, its tasks' arguments and answers in upper case."""
    answer = call("sfn", action, {_lower(key): value for key, value in arguments.items()}, prefix="StepFunctions")
    return {key[0].upper() + key[1:]: value for key, value in answer.items()}


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]
