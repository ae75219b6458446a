"""Calls any `aws-sdk:` action through botocore, whose model checks the arguments as AWS does; upstream knows a part of them."""

import datetime
import json
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from ministack.services import stepfunctions

from local.aws.client import client

# Where Step Functions and botocore name a service differently.
_BOTOCORE_NAMES = {"sfn": "stepfunctions", "cloudwatchlogs": "logs", "eventbridge": "events"}


def install() -> None:
    stepfunctions._invoke_aws_sdk_integration = invoke


def invoke(resource: str, arguments: dict[str, Any]) -> Any:
    service, action = resource.split(":")[6:8]
    return call(service.lower(), action.split(".")[0], arguments, prefix=service[0].upper() + service[1:])


def call(service: str, action: str, arguments: dict[str, Any], prefix: str) -> Any:
    """The answer and the errors in the form Step Functions gives them; `prefix` begins the error's name."""
    caller = client(_BOTOCORE_NAMES.get(service, service))
    operation = action[0].upper() + action[1:]
    try:
        shape = caller.meta.service_model.operation_model(operation).input_shape
        return _plain(caller._make_api_call(operation, _wire(arguments, shape)))
    except ClientError as error:
        code = error.response["Error"]["Code"]
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        name = code if code.endswith("Exception") else f"{code}Exception"
        message = f"{error.response['Error'].get('Message')} (Service: {prefix}, Status Code: {status})"
        raise stepfunctions._ExecutionError(f"{prefix}.{name}", message) from error
    except BotoCoreError as error:
        raise stepfunctions._ExecutionError("States.Runtime", str(error)) from error


def _wire(value: Any, shape: Any) -> Any:
    """JSON becomes text where the service takes bytes (S3's Body), and a whole number an integer, as on AWS."""
    kind = shape.type_name if shape is not None else ""
    if kind == "structure":
        return {name: _wire(each, shape.members.get(name)) for name, each in value.items()}
    if kind == "list" and isinstance(value, list):
        return [_wire(each, shape.member) for each in value]
    if kind == "map" and isinstance(value, dict):
        return {name: _wire(each, shape.value) for name, each in value.items()}
    if kind == "blob" and not isinstance(value, str):
        return json.dumps(value)
    if kind in ("integer", "long") and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items() if name != "ResponseMetadata"}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if hasattr(value, "read"):
        return value.read().decode()
    return value.decode() if isinstance(value, bytes) else value
