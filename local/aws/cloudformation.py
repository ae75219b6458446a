"""Deploys templates with types that the emulator does not know: they are declared, not emulated, and their physical id says so.

Upstream refuses such a template as a whole. Whoever wants the list asks CloudFormation for a stack's resources and takes those whose
physical id begins with `not-emulated-`. Athena's saved queries are kept for real: upstream has their API, only not their type.
"""

from typing import Any

from ministack.core.responses import new_uuid
from ministack.services import athena
from ministack.services.cloudformation import changesets, provisioners

PREFIX = "not-emulated-"

# CloudFormation's own types run the deployment itself: one that is unknown there is a mistake in the template.
_OWN = "AWS::CloudFormation::"

Handlers = dict[str, Any]


class _Attributes(dict[str, Any]):
    """Any attribute of a resource that is not there is its physical id."""

    def __init__(self, physical_id: str) -> None:
        super().__init__()
        self.physical_id = physical_id

    def __contains__(self, name: object) -> bool:
        return True

    def __getitem__(self, name: str) -> str:
        return self.physical_id


class _Types(dict[str, Handlers]):
    """The handlers of all types: those that upstream has, and one for all others."""

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or _is_foreign(name)

    def __missing__(self, name: str) -> Handlers:
        if not _is_foreign(name):
            raise KeyError(name)
        return {"create": _declare, "delete": _forget}

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else default  # noqa: SIM401, since `get` is what is defined here


def _is_foreign(name: object) -> bool:
    return isinstance(name, str) and name.startswith("AWS::") and not name.startswith(_OWN)


def install() -> None:
    types = _Types(provisioners._RESOURCE_HANDLERS)
    types["AWS::Athena::NamedQuery"] = {"create": _create_query, "update": _update_query, "delete": _delete_query}
    provisioners._RESOURCE_HANDLERS = types
    changesets._RESOURCE_HANDLERS = types


def _declare(logical_id: str, properties: dict[str, Any], stack_name: str) -> tuple[str, dict[str, Any]]:
    physical_id = f"{PREFIX}{stack_name}-{logical_id}"
    return physical_id, _Attributes(physical_id)


def _forget(physical_id: str, properties: dict[str, Any]) -> None:
    """There is nothing to delete."""


def _create_query(logical_id: str, properties: dict[str, Any], stack_name: str) -> tuple[str, dict[str, Any]]:
    identity = new_uuid()
    _keep_query(identity, properties)
    return identity, {"NamedQueryId": identity}


def _update_query(identity: str, old: dict[str, Any], new: dict[str, Any], stack_name: str) -> tuple[str, dict[str, Any]]:
    _keep_query(identity, new)
    return identity, {"NamedQueryId": identity}


def _keep_query(identity: str, properties: dict[str, Any]) -> None:
    athena._named_queries[identity] = {"WorkGroup": "primary", "Description": "", **properties, "NamedQueryId": identity}


def _delete_query(identity: str, properties: dict[str, Any]) -> None:
    athena._named_queries.pop(identity, None)
