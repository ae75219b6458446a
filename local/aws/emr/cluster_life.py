"""Leads a cluster from STARTING to TERMINATED: it takes its time to start, runs one step after another and ends when idle too long."""

import json
import logging
import os
import threading
from typing import Any

from ministack.services import emr, eventbridge

from local.aws.emr.spark_step import cancel_on_driver, run_on_driver
from local.aws.scope import spawn

Cluster = dict[str, Any]
Step = dict[str, Any]

log = logging.getLogger("emr")

# A cluster's idle timeout in seconds, where it has one.
idle_timeouts: dict[str, int] = {}

_changed = threading.Condition()


def begin(cluster: Cluster) -> None:
    cluster["Status"] = {"State": "STARTING", "StateChangeReason": {}, "Timeline": {"CreationDateTime": emr._now_iso()}}
    spawn(_live, cluster)


def is_ending(cluster: Cluster) -> bool:
    return str(cluster["Status"]["State"]).startswith("TERMINAT")


def end(cluster: Cluster, code: str, message: str) -> None:
    """Asks for the end. TERMINATED comes when the step that runs has ended: until then it may still write."""
    if is_ending(cluster):
        return
    _enter(cluster, "TERMINATING", code, message)
    cancel(cluster, emr._steps.get(cluster["Id"], []))


def cancel(cluster: Cluster, steps: list[Step]) -> None:
    for step in steps:
        if step["Status"]["State"] == "PENDING":
            _enter_step(cluster, step, "CANCELLED")
        elif step["Status"]["State"] == "RUNNING":
            step["Status"]["State"] = "CANCEL_PENDING"
            spawn(cancel_on_driver, step["Id"])
    announce()


def announce() -> None:
    """Wakes the clusters: there is a step, or a wish to end."""
    with _changed:
        _changed.notify_all()


def _live(cluster: Cluster) -> None:
    pause = float(os.environ.get("EMR_START_SECONDS", "1")) / 2
    for state in ("BOOTSTRAPPING", "RUNNING"):
        _wait(cluster, pause)
        if not is_ending(cluster):
            _enter(cluster, state)
    while not is_ending(cluster):
        step = next((step for step in emr._steps[cluster["Id"]] if step["Status"]["State"] == "PENDING"), None)
        if step:
            _run(cluster, step)
        elif cluster["AutoTerminate"]:
            end(cluster, "ALL_STEPS_COMPLETED", "Steps completed")
        else:
            _idle(cluster)
    reason = cluster["Status"]["StateChangeReason"]
    _enter(
        cluster, "TERMINATED_WITH_ERRORS" if reason["Code"] == "STEP_FAILURE" else "TERMINATED", **{k.lower(): v for k, v in reason.items()}
    )


def _wait(cluster: Cluster, seconds: float) -> None:
    """For as long, or until the cluster is to end."""
    with _changed:
        _changed.wait_for(lambda: is_ending(cluster), seconds)


def _idle(cluster: Cluster) -> None:
    if cluster["Status"]["State"] != "WAITING":
        _enter(cluster, "WAITING", message="Cluster ready to run steps.")
    steps, known = emr._steps[cluster["Id"]], len(emr._steps[cluster["Id"]])
    with _changed:
        woken = _changed.wait_for(lambda: is_ending(cluster) or len(steps) > known, idle_timeouts.get(cluster["Id"]))
    if not woken:
        end(cluster, "AUTO_TERMINATION", "The cluster was idle for longer than its auto-termination policy allows.")


def _run(cluster: Cluster, step: Step) -> None:
    if cluster["Status"]["State"] != "RUNNING":
        _enter(cluster, "RUNNING", message="Running step")
    _enter_step(cluster, step, "RUNNING")
    outcome = run_on_driver(step, cluster["Ec2InstanceAttributes"]["IamInstanceProfile"])
    if outcome.state == "FAILED":
        step["Status"]["FailureDetails"] = {"Reason": outcome.reason, "Message": outcome.message, "LogFile": outcome.log}
    _enter_step(cluster, step, outcome.state)
    if outcome.state == "FAILED" and step["ActionOnFailure"] in ("TERMINATE_CLUSTER", "TERMINATE_JOB_FLOW"):
        end(cluster, "STEP_FAILURE", "Shut down as step failed")


def _enter(cluster: Cluster, state: str, code: str = "", message: str = "") -> None:
    status = cluster["Status"]
    status.update(State=state, StateChangeReason={"Code": code, "Message": message})
    if state == "WAITING":
        status["Timeline"].setdefault("ReadyDateTime", emr._now_iso())
    if state.startswith("TERMINATED"):
        status["Timeline"]["EndDateTime"] = emr._now_iso()
    detail = {"clusterId": cluster["Id"], "name": cluster["Name"], "state": state, "message": message}
    _send("EMR Cluster State Change", detail | {"severity": "INFO", "stateChangeReason": json.dumps({"code": code})})


def _enter_step(cluster: Cluster, step: Step, state: str) -> None:
    step["Status"]["State"] = state
    timeline = step["Status"]["Timeline"]
    timeline["StartDateTime" if state == "RUNNING" else "EndDateTime"] = emr._now_iso()
    log.info("step %s (%s) of %s: %s", step["Name"], step["Id"], cluster["Id"], state)
    _send("EMR Step Status Change", {"clusterId": cluster["Id"], "stepId": step["Id"], "name": step["Name"], "state": state})


def _send(kind: str, detail: dict[str, Any]) -> None:
    entry = {"Source": "aws.emr", "DetailType": kind, "Detail": json.dumps(detail), "Resources": []}
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
