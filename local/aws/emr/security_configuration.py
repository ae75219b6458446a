"""Security configurations of EMR, by its API and by CloudFormation: kept and asked for, while nothing on a laptop is encrypted by them."""

import json
import time
from typing import Any

from ministack.core.responses import error_response_json, json_response
from ministack.services import emr
from ministack.services.cloudformation import provisioners

known: dict[str, dict[str, Any]] = {}


def install() -> None:
    emr._HANDLERS.update(
        CreateSecurityConfiguration=create,
        DescribeSecurityConfiguration=describe,
        DeleteSecurityConfiguration=delete,
        ListSecurityConfigurations=list_all,
    )
    provisioners._RESOURCE_HANDLERS["AWS::EMR::SecurityConfiguration"] = {"create": _provision, "delete": _remove}


def create(data: dict[str, Any]) -> Any:
    name = data["Name"]
    if name in known:
        return error_response_json("InvalidRequestException", f"Security configuration with name '{name}' already exists.", 400)
    known[name] = {"Name": name, "SecurityConfiguration": data["SecurityConfiguration"], "CreationDateTime": int(time.time())}
    return json_response({"Name": name, "CreationDateTime": known[name]["CreationDateTime"]})


def describe(data: dict[str, Any]) -> Any:
    if data["Name"] not in known:
        return error_response_json("InvalidRequestException", f"Security configuration with name '{data['Name']}' does not exist.", 400)
    return json_response(known[data["Name"]])


def delete(data: dict[str, Any]) -> Any:
    known.pop(data["Name"], None)
    return json_response({})


def list_all(data: dict[str, Any]) -> Any:
    return json_response(
        {"SecurityConfigurations": [{"Name": each["Name"], "CreationDateTime": each["CreationDateTime"]} for each in known.values()]}
    )


def _provision(logical_id: str, properties: dict[str, Any], stack_name: str) -> tuple[str, dict[str, Any]]:
    name = properties.get("Name") or f"{stack_name}-{logical_id}"
    text = json.dumps(properties["SecurityConfiguration"])
    known[name] = {"Name": name, "SecurityConfiguration": text, "CreationDateTime": int(time.time())}
    return name, {}


def _remove(physical_id: str, properties: dict[str, Any]) -> None:
    known.pop(physical_id, None)
