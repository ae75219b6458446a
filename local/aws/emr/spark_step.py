"""Runs a step in the warm Spark driver, with the rights of the step's own role, and cancels it there."""

import http.client
import json
import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from local.aws.client import client


@dataclass(frozen=True)
class Outcome:
    state: str
    reason: str = ""
    message: str = ""
    log: str = ""


def run_on_driver(step: dict[str, Any]) -> Outcome:
    """The step's end. A driver that does not answer is the platform's failure, and so the step's."""
    try:
        body = {"id": step["Id"], "args": step["Config"]["Args"], "environment": _environment(step.get("ExecutionRoleArn"))}
        return Outcome(**_ask("POST", "/steps", body))
    except Exception as error:
        message = f"expected the Spark driver at {_driver()} to run the step, found {type(error).__name__}: {error}; look into its log"
        return Outcome("FAILED", "SparkDriverUnavailable", message)


def cancel_on_driver(step_id: str) -> None:
    _ask("DELETE", f"/steps/{step_id}")


def _environment(role: str | None) -> dict[str, str]:
    """The session of the step's role, as EMR gives it to a step; a step without one has the rights of the driver."""
    if role is None:
        return {}
    credentials = client("sts").assume_role(RoleArn=role, RoleSessionName="emr-step")["Credentials"]
    return {
        "AWS_ACCESS_KEY_ID": credentials["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": credentials["SecretAccessKey"],
        "AWS_SESSION_TOKEN": credentials["SessionToken"],
    }


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
