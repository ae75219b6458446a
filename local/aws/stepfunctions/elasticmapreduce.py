"""The EMR integrations of Step Functions, which upstream lacks: a `.sync` task waits for its cluster or step, and ends it when stopped."""

import json
import time
from collections.abc import Callable
from typing import Any

from ministack.services import stepfunctions

from local.aws.stepfunctions.aws_sdk import call
from local.aws.stepfunctions.history import ExecutionEnded, check_running

POLL_SECONDS = 0.2


def install() -> None:
    actions = {
        "createCluster": create_cluster,
        "addStep": add_step,
        "terminateCluster": terminate_cluster,
        "cancelStep": cancel_step,
        "setClusterTerminationProtection": set_termination_protection,
    }
    for name, action in actions.items():
        stepfunctions._SERVICE_DISPATCH[f"arn:aws:states:::elasticmapreduce:{name}"] = action


def create_cluster(resource: str, arguments: dict[str, Any]) -> Any:
    started = _emr("RunJobFlow", arguments)
    answer = {"ClusterId": started["JobFlowId"], "ClusterArn": started["ClusterArn"]}
    if not resource.endswith(".sync"):
        return answer
    stop = {"JobFlowIds": [answer["ClusterId"]]}
    cluster = _wait(lambda: _cluster(answer["ClusterId"]), ("STARTING", "BOOTSTRAPPING"), lambda: _emr("TerminateJobFlows", stop))
    if cluster["Status"]["State"] in ("TERMINATING", "TERMINATED", "TERMINATED_WITH_ERRORS"):
        raise stepfunctions._ExecutionError("States.TaskFailed", json.dumps({"Cluster": cluster}))
    return {**answer, "Cluster": cluster}


def add_step(resource: str, arguments: dict[str, Any]) -> Any:
    cluster = arguments["ClusterId"]
    role = {"ExecutionRoleArn": arguments["ExecutionRoleArn"]} if "ExecutionRoleArn" in arguments else {}
    (step_id,) = _emr("AddJobFlowSteps", {"JobFlowId": cluster, "Steps": [arguments["Step"]], **role})["StepIds"]
    if not resource.endswith(".sync"):
        return {"StepId": step_id}
    stop = {"ClusterId": cluster, "StepIds": [step_id], "StepCancellationOption": "TERMINATE_PROCESS"}
    step = _wait(
        lambda: _emr("DescribeStep", {"ClusterId": cluster, "StepId": step_id})["Step"],
        ("PENDING", "RUNNING", "CANCEL_PENDING"),
        lambda: _emr("CancelSteps", stop),
    )
    if step["Status"]["State"] != "COMPLETED":
        raise stepfunctions._ExecutionError("States.TaskFailed", json.dumps({"Step": step}))
    return {"StepId": step_id, "Step": step}


def terminate_cluster(resource: str, arguments: dict[str, Any]) -> Any:
    cluster = arguments["ClusterId"]
    _emr("TerminateJobFlows", {"JobFlowIds": [cluster]})
    if resource.endswith(".sync"):
        ended = ("TERMINATED", "TERMINATED_WITH_ERRORS")
        while _cluster(cluster)["Status"]["State"] not in ended:
            check_running()
            time.sleep(POLL_SECONDS)
    return {}


def cancel_step(resource: str, arguments: dict[str, Any]) -> Any:
    answer = _emr("CancelSteps", {"ClusterId": arguments["ClusterId"], "StepIds": [arguments["StepId"]]})
    return {"CancelStepsInfo": answer["CancelStepsInfoList"][0]}


def set_termination_protection(resource: str, arguments: dict[str, Any]) -> Any:
    protection = {"TerminationProtected": arguments["TerminationProtected"]}
    return _emr("SetTerminationProtection", {"JobFlowIds": [arguments["ClusterId"]], **protection})


def _emr(operation: str, arguments: dict[str, Any]) -> Any:
    return call("emr", operation, arguments, prefix="ElasticMapReduce")


def _cluster(cluster: str) -> Any:
    return _emr("DescribeCluster", {"ClusterId": cluster})["Cluster"]


def _wait(describe: Callable[[], Any], unfinished: tuple[str, ...], stop: Callable[[], object]) -> Any:
    """What was waited for, once it is in none of the unfinished states. A stopped execution stops it first, as AWS does as best it can."""
    while (found := describe())["Status"]["State"] in unfinished:
        try:
            check_running()
        except ExecutionEnded:
            stop()
            raise
        time.sleep(POLL_SECONDS)
    return found
