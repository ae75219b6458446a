"""Runs an execution from its start, or from where a redrive goes on, to its end: success, failure, stop or time-out."""

import copy
import json
import logging
import time
from typing import Any

from ministack.core.responses import error_response_json, json_response, now_iso
from ministack.services import cloudwatch, stepfunctions

from local.aws.scope import spawn
from local.aws.stepfunctions.history import Execution, ExecutionEnded, add_event, enter
from local.aws.stepfunctions.map_run import abort_children
from local.aws.stepfunctions.states import Context, run_states

log = logging.getLogger("states")

_stop_execution = stepfunctions._stop_execution
_describe_execution = stepfunctions._describe_execution
_fail_execution = stepfunctions._fail_execution
_emit_execution_status_event = stepfunctions._emit_execution_status_event
_handle_request = stepfunctions.handle_request

_METRICS = {"RUNNING": "Started", "SUCCEEDED": "Succeeded", "FAILED": "Failed", "TIMED_OUT": "TimedOut", "ABORTED": "Aborted"}


def install() -> None:
    stepfunctions._run_execution = run_execution
    stepfunctions._stop_execution = stop_execution
    stepfunctions._fail_execution = fail_execution
    stepfunctions._describe_execution = describe_execution
    stepfunctions._emit_execution_status_event = emit_status
    stepfunctions.handle_request = handle_request


def run_execution(arn: str) -> None:
    execution = stepfunctions._executions[arn]
    machine = stepfunctions._state_machines[execution["stateMachineArn"]]
    definition = json.loads(machine["definition"])
    at = execution.setdefault("_resume", {"state": definition["StartAt"], "input": json.loads(execution["input"]), "variables": {}})
    context = _context(execution, machine, definition, at["variables"])
    enter(execution)
    if "TimeoutSeconds" in definition:
        spawn(_expire, execution, definition["TimeoutSeconds"], execution.get("redriveCount", 0))

    def remember(name: str, value: Any) -> None:
        execution["_resume"] = {"state": name, "input": copy.deepcopy(value), "variables": copy.deepcopy(context["variables"])}

    try:
        _succeed(execution, run_states(definition["States"], at["state"], at["input"], execution, context, remember))
    except ExecutionEnded:
        log.info("Step Functions execution %s had ended: %s", execution["status"], arn)
    except stepfunctions._ExecutionError as error:
        fail_execution(execution, error.error, error.cause)
    except Exception as error:
        log.exception("Step Functions execution: %s", arn)
        fail_execution(execution, "States.Runtime", str(error))


def _context(execution: Execution, machine: dict[str, Any], definition: dict[str, Any], variables: dict[str, Any]) -> Context:
    return {
        "QueryLanguage": definition.get("QueryLanguage", "JSONPath"),
        "Execution": {
            "Id": execution["executionArn"],
            "Input": json.loads(execution["input"]),
            "Name": execution["name"],
            "RoleArn": machine["roleArn"],
            "StartTime": execution["startDate"],
            "RedriveCount": execution.get("redriveCount", 0),
        },
        "StateMachine": {"Id": execution["stateMachineArn"], "Name": machine["name"]},
        "variables": copy.deepcopy(variables),
    }


def _succeed(execution: Execution, output: Any) -> None:
    if execution["status"] == "RUNNING":
        execution.update(status="SUCCEEDED", output=json.dumps(output), stopDate=now_iso())
        add_event(execution, "ExecutionSucceeded", {"executionSucceededEventDetails": {"output": execution["output"]}})
        emit_status(execution)


def fail_execution(execution: Execution, error: str, cause: str) -> None:
    """Upstream would turn an execution that was stopped into a failed one when a task of it fails later."""
    if execution["status"] == "RUNNING":
        _fail_execution(execution, error, cause)
        execution["output"] = None
        abort_children(execution)


def stop_execution(data: dict[str, Any]) -> Any:
    answer = _stop_execution(data)
    if execution := stepfunctions._executions.get(data.get("executionArn")):
        abort_children(execution)
    return answer


def _expire(execution: Execution, seconds: float, redrive: int) -> None:
    time.sleep(seconds)
    if execution["status"] == "RUNNING" and execution.get("redriveCount", 0) == redrive:
        execution.update(status="TIMED_OUT", stopDate=now_iso(), error="States.Timeout", cause="")
        add_event(execution, "ExecutionTimedOut", {"executionTimedOutEventDetails": {"error": "States.Timeout", "cause": ""}})
        abort_children(execution)
        emit_status(execution)


async def handle_request(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Any:
    if headers.get("x-amz-target", "").endswith(".RedriveExecution"):
        return stepfunctions._finalize_response(_redrive(json.loads(body)))
    return await _handle_request(method, path, headers, body, query)


def _redrive(data: dict[str, Any]) -> Any:
    """Goes on from the state that failed, with the variables it had; a Map or a Parallel begins again."""
    arn = data.get("executionArn")
    execution = stepfunctions._executions.get(arn)
    if execution is None:
        return error_response_json("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'", 400)
    if not _can_be_redriven(execution):
        return error_response_json("ExecutionNotRedrivable", f"Execution is {execution['status']} and cannot be redriven", 400)
    date = now_iso()
    execution.update(status="RUNNING", stopDate=None, output=None, redriveCount=execution.get("redriveCount", 0) + 1, redriveDate=date)
    execution.pop("error", None)
    execution.pop("cause", None)
    enter(execution)
    add_event(execution, "ExecutionRedriven", {"executionRedrivenEventDetails": {"redriveCount": execution["redriveCount"]}})
    emit_status(execution)
    spawn(run_execution, arn)
    return json_response({"redriveDate": date})


def _can_be_redriven(execution: Execution) -> bool:
    return execution["status"] in ("FAILED", "TIMED_OUT", "ABORTED") and "_resume" in execution


def describe_execution(data: dict[str, Any]) -> Any:
    status, headers, body = _describe_execution(data)
    execution = stepfunctions._executions.get(data.get("executionArn"))
    if execution is None:
        return status, headers, body
    redrive = {
        "redriveCount": execution.get("redriveCount", 0),
        "redriveStatus": "REDRIVABLE" if _can_be_redriven(execution) else "NOT_REDRIVABLE",
    }
    if "redriveDate" in execution:
        redrive["redriveDate"] = execution["redriveDate"]
    return json_response(json.loads(body) | redrive)


def emit_status(execution: Execution) -> None:
    """The event upstream sends, and the metric of AWS/States that it does not; a child of a Map Run has neither on AWS."""
    if execution.get("mapRunArn"):
        return
    _emit_execution_status_event(execution)
    dimensions = {"StateMachineArn": execution["stateMachineArn"]}
    cloudwatch.record_metric("AWS/States", f"Executions{_METRICS[execution['status']]}", 1, "Count", dimensions)
    if execution.get("stopDate"):
        took = stepfunctions._iso_to_epoch_ms(execution["stopDate"]) - stepfunctions._iso_to_epoch_ms(execution["startDate"])
        cloudwatch.record_metric("AWS/States", "ExecutionTime", took, "Milliseconds", dimensions)
