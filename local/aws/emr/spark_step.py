"""Runs a step in the warm Spark driver, with the rights of the step's own role, and cancels it there."""

import http.client
import json
import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ministack.core.lambda_runtime import execution_credentials
from ministack.core.responses import get_account_id, get_region

from local.aws.client import client, client_as


@dataclass(frozen=True)
class Outcome:
    state: str
    reason: str = ""
    message: str = ""
    log: str = ""


def run_on_driver(step: dict[str, Any], instance_profile: str) -> Outcome:
    """The step's end. A driver that does not answer is the platform's failure, and so the step's."""
    try:
        environment = _environment(step.get("ExecutionRoleArn"), instance_profile)
        body = {"id": step["Id"], "args": step["Config"]["Args"], "environment": environment}
        return Outcome(**_ask("POST", "/steps", body))
    except Exception as error:
        message = f"expected the Spark driver at {_driver()} to run the step, found {type(error).__name__}: {error}; look into its log"
        return Outcome("FAILED", "SparkDriverUnavailable", message)


def cancel_on_driver(step_id: str) -> None:
    _ask("DELETE", f"/steps/{step_id}")


def _environment(role: str | None, instance_profile: str) -> dict[str, str]:
    """The session of the step's role, as EMR gives it to a step: the role of the nodes must be allowed to take it, and trusted by it."""
    if role is None:
        return {}
    sts = client_as("sts", _node_session(instance_profile))
    credentials = sts.assume_role(RoleArn=role, RoleSessionName="emr-step")["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
    }


def _node_session(instance_profile: str) -> dict[str, str]:
    """What a node of the cluster finds in its metadata service; made as the emulator makes the session of a function's role."""
    profile = client("iam").get_instance_profile(InstanceProfileName=instance_profile)["InstanceProfile"]
    function = f"arn:aws:lambda:{get_region()}:{get_account_id()}:function:emr-node"
    session: dict[str, str] = execution_credentials(
        {"Role": profile["Roles"][0]["Arn"], "FunctionArn": function, "FunctionName": "emr-node"}
    )
    return session


def _driver() -> str:
    return os.environ["SPARK_DRIVER_ENDPOINT"]


def _ask(method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """Without a time limit: a step takes as long as it takes, and the execution's own limit ends it."""
    address = urlsplit(_driver())
    connection = http.client.HTTPConnection(address.hostname or "", address.port)
    try:
        connection.request(method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read().decode()
        if response.status >= 300:
            raise RuntimeError(f"HTTP {response.status} {text[:500]}")
        return json.loads(text) if text else {}
    finally:
        connection.close()
