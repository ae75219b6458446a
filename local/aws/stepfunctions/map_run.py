"""Runs a distributed Map as a Map Run: each item is a child execution of its own, which no variable of its parent reaches."""

import json
import threading
from functools import partial
from typing import Any

from ministack.core.responses import new_uuid, now_iso
from ministack.services import stepfunctions

from local.aws.scope import run_all
from local.aws.stepfunctions.history import Execution, ExecutionEnded, add_event, check_running, enter
from local.aws.stepfunctions.states import Context, State, run_states

MapRun = dict[str, Any]
Limits = dict[str, float | None]

# AWS runs thousands of children at once; a laptop as many as it has threads to spare.
AT_ONCE = 32
_COUNTS = (
    *("pending", "running", "succeeded", "failed", "timedOut", "aborted", "total"),
    *("resultsWritten", "failuresNotRedrivable", "pendingRedrive"),
)


def run_distributed(state: State, limits: Limits, inputs: list[Any], execution: Execution, context: Context) -> list[Any]:
    run = _open(state, limits, len(inputs), execution)
    add_event(execution, "MapRunStarted", {"mapRunStartedEventDetails": {"mapRunArn": run["mapRunArn"]}})
    counting = threading.Lock()
    results = run_all(
        [partial(_run_child, run, state["ItemProcessor"], each, execution, context, counting) for each in inputs],
        at_once=int(limits["MaxConcurrency"] or 0) or AT_ONCE,
    )
    check_running(execution)
    failed = _exceeds(limits, run["executionCounts"]["failed"], len(inputs))
    run.update(status="FAILED" if failed else "SUCCEEDED", stopDate=now_iso())
    if failed:
        cause = "The specified tolerated failure threshold was exceeded"
        details = {"error": "States.ExceedToleratedFailureThreshold", "cause": cause}
        add_event(execution, "MapRunFailed", {"mapRunFailedEventDetails": details})
        raise stepfunctions._ExecutionError(details["error"], cause)
    add_event(execution, "MapRunSucceeded")
    return results


def abort_children(execution: Execution) -> None:
    """A child does not outlive the execution that it is a part of."""
    for run in list(stepfunctions._map_runs.values()):
        if run["executionArn"] != execution["executionArn"] or run["status"] != "RUNNING":
            continue
        run.update(status="ABORTED", stopDate=now_iso())
        for child in list(stepfunctions._executions.values()):
            if child.get("mapRunArn") == run["mapRunArn"] and child["status"] == "RUNNING":
                child.update(status="ABORTED", stopDate=now_iso())


def _open(state: State, limits: Limits, total: int, execution: Execution) -> MapRun:
    prefix, _, name = execution["stateMachineArn"].rpartition(":stateMachine:")
    label = state.get("Label") or new_uuid()
    counts = dict.fromkeys(_COUNTS, 0) | {"total": total, "pending": total}
    run = {
        "mapRunArn": f"{prefix}:mapRun:{name}/{label}:{new_uuid()}",
        "executionArn": execution["executionArn"],
        "status": "RUNNING",
        "startDate": now_iso(),
        "maxConcurrency": int(limits["MaxConcurrency"] or 0),
        "toleratedFailurePercentage": limits["ToleratedFailurePercentage"] or 0,
        "toleratedFailureCount": int(limits["ToleratedFailureCount"] or 0),
        "itemCounts": dict(counts),
        "executionCounts": dict(counts),
        "redriveCount": 0,
        "_stateMachineArn": f"{prefix}:stateMachine:{name}/{label}",
    }
    stepfunctions._map_runs[run["mapRunArn"]] = run
    return run


def _exceeds(limits: Limits, failed: int, total: int) -> bool:
    share, count = limits["ToleratedFailurePercentage"], limits["ToleratedFailureCount"]
    if share is None and count is None:
        return failed > 0
    return (share is not None and failed * 100 > share * total) or (count is not None and failed > count)


def _run_child(run: MapRun, processor: State, value: Any, parent: Execution, context: Context, counting: threading.Lock) -> Any:
    if parent["status"] != "RUNNING":
        return None
    child = _child(run, value, parent)
    stepfunctions._executions[child["executionArn"]] = child
    enter(child)
    own = {
        "QueryLanguage": context["QueryLanguage"],
        "StateMachine": {"Id": child["stateMachineArn"], "Name": context["StateMachine"]["Name"]},
        "Execution": {
            **context["Execution"],
            "Id": child["executionArn"],
            "Name": child["name"],
            "Input": value,
            "StartTime": child["startDate"],
        },
        "variables": {},
    }
    _count(run, counting, "pending", "running")
    try:
        result = run_states(processor["States"], processor["StartAt"], value, child, own)
        child.update(status="SUCCEEDED", output=json.dumps(result), stopDate=now_iso())
    except ExecutionEnded:
        _count(run, counting, "running", "aborted")
        return None
    except stepfunctions._ExecutionError as error:
        stepfunctions._fail_execution(child, error.error, error.cause)
        _count(run, counting, "running", "failed")
        return None
    _count(run, counting, "running", "succeeded")
    return result


def _child(run: MapRun, value: Any, parent: Execution) -> Execution:
    name = new_uuid()
    text = json.dumps(value)
    return {
        "executionArn": run["_stateMachineArn"].replace(":stateMachine:", ":execution:") + f":{name}",
        "stateMachineArn": run["_stateMachineArn"],
        "name": name,
        "status": "RUNNING",
        "startDate": now_iso(),
        "stopDate": None,
        "input": text,
        "inputDetails": {"included": True},
        "output": None,
        "outputDetails": {"included": True},
        "mapRunArn": run["mapRunArn"],
        "events": [{"id": 1, "type": "ExecutionStarted", "timestamp": now_iso(), "executionStartedEventDetails": {"input": text}}],
        "testCase": parent.get("testCase"),
        "mockAttempts": {},
    }


def _count(run: MapRun, counting: threading.Lock, before: str, after: str) -> None:
    with counting:
        for counts in (run["itemCounts"], run["executionCounts"]):
            counts[before] -= 1
            counts[after] += 1
