"""EMR's operations on clusters and steps, where upstream's answer comes before anything has happened or is missing."""

import json
import time
from typing import Any

from ministack.core.responses import error_response_json, json_response
from ministack.services import emr

from local.aws.emr import cluster_life, security_configuration

_run_job_flow = emr._run_job_flow

# What the driver cannot do is refused as AWS refuses it.
_SHUTTING_DOWN = "A job flow that is shutting down, terminated, or finished may not be modified."


def install() -> None:
    # Upstream says times as texts; clients of the JSON protocol read seconds.
    emr._now_iso = time.time
    emr._HANDLERS.update(
        RunJobFlow=run_job_flow,
        AddJobFlowSteps=add_job_flow_steps,
        CancelSteps=cancel_steps,
        TerminateJobFlows=terminate_job_flows,
        PutAutoTerminationPolicy=put_auto_termination_policy,
        GetAutoTerminationPolicy=get_auto_termination_policy,
        RemoveAutoTerminationPolicy=remove_auto_termination_policy,
        ListInstances=list_instances,
    )


def run_job_flow(data: dict[str, Any]) -> Any:
    configuration = data.get("SecurityConfiguration")
    if configuration and configuration not in security_configuration.known:
        return _refuse(f"Security configuration with name '{configuration}' does not exist.")
    status, headers, body = _run_job_flow({**data, "Steps": []})
    if status == 200:
        cluster = emr._clusters[json.loads(body)["JobFlowId"]]
        cluster["SecurityConfiguration"] = configuration or ""
        cluster["Configurations"] = data.get("Configurations", [])
        emr._steps[cluster["Id"]] = [_step(each, None) for each in data.get("Steps", [])]
        if timeout := data.get("AutoTerminationPolicy", {}).get("IdleTimeout"):
            cluster_life.idle_timeouts[cluster["Id"]] = timeout
        cluster_life.begin(cluster)
    return status, headers, body


def add_job_flow_steps(data: dict[str, Any]) -> Any:
    cluster = emr._clusters.get(data["JobFlowId"])
    if cluster is None:
        return _refuse(f"Cluster id '{data['JobFlowId']}' is not valid.")
    if cluster_life.is_ending(cluster):
        return error_response_json("ValidationException", _SHUTTING_DOWN, 400)
    if data.get("ExecutionRoleArn") and not cluster["SecurityConfiguration"]:
        return _refuse("Runtime roles require a cluster with a security configuration that enables them.")
    steps = [_step(each, data.get("ExecutionRoleArn")) for each in data["Steps"]]
    emr._steps[cluster["Id"]].extend(steps)
    cluster_life.announce()
    return json_response({"StepIds": [step["Id"] for step in steps]})


def _step(configuration: dict[str, Any], role: str | None) -> dict[str, Any]:
    step: dict[str, Any] = emr._make_step(configuration)
    step["Status"] = {"State": "PENDING", "StateChangeReason": {}, "Timeline": {"CreationDateTime": emr._now_iso()}}
    if role:
        step["ExecutionRoleArn"] = role
    return step


def cancel_steps(data: dict[str, Any]) -> Any:
    cluster = emr._clusters.get(data["ClusterId"])
    if cluster is None:
        return _refuse(f"Cluster id '{data['ClusterId']}' is not valid.")
    asked = [step for step in emr._steps[cluster["Id"]] if step["Id"] in data["StepIds"]]
    answers = [_answer(step) for step in asked]
    cluster_life.cancel(cluster, asked)
    return json_response({"CancelStepsInfoList": answers})


def _answer(step: dict[str, Any]) -> dict[str, str]:
    state = step["Status"]["State"]
    if state in ("PENDING", "RUNNING", "CANCEL_PENDING"):
        return {"StepId": step["Id"], "Status": "SUBMITTED"}
    return {"StepId": step["Id"], "Status": "FAILED", "Reason": f"Step in state {state} cannot be cancelled"}


def terminate_job_flows(data: dict[str, Any]) -> Any:
    clusters = [emr._clusters[each] for each in data["JobFlowIds"] if each in emr._clusters]
    if protected := [cluster["Id"] for cluster in clusters if cluster["TerminationProtected"]]:
        message = f"Could not shut down one or more job flows since they are termination protected: {', '.join(protected)}"
        return error_response_json("ValidationException", message, 400)
    for cluster in clusters:
        cluster_life.end(cluster, "USER_REQUEST", "Terminated by user request")
    return json_response({})


def put_auto_termination_policy(data: dict[str, Any]) -> Any:
    cluster_life.idle_timeouts[data["ClusterId"]] = data["AutoTerminationPolicy"]["IdleTimeout"]
    return json_response({})


def get_auto_termination_policy(data: dict[str, Any]) -> Any:
    timeout = cluster_life.idle_timeouts.get(data["ClusterId"])
    return json_response({"AutoTerminationPolicy": {"IdleTimeout": timeout}} if timeout else {})


def remove_auto_termination_policy(data: dict[str, Any]) -> Any:
    cluster_life.idle_timeouts.pop(data["ClusterId"], None)
    return json_response({})


def list_instances(data: dict[str, Any]) -> Any:
    """The machines that the cluster would have: as many a fleet or group as were asked for."""
    cluster = emr._clusters.get(data["ClusterId"])
    if cluster is None:
        return _refuse(f"Cluster id '{data['ClusterId']}' is not valid.")
    asked = [(each["Id"], each["TargetOnDemandCapacity"] + each["TargetSpotCapacity"]) for each in cluster["InstanceFleets"]]
    asked += [(each["Id"], each["RequestedInstanceCount"]) for each in cluster["InstanceGroups"]]
    instances = [
        {"Id": f"ci-{of}-{number}", "InstanceFleetId" if of.startswith("if-") else "InstanceGroupId": of, "Status": {"State": "RUNNING"}}
        for of, count in asked
        for number in range(count)
    ]
    return json_response({"Instances": instances})


def _refuse(message: str) -> Any:
    return error_response_json("InvalidRequestException", message, 400)
