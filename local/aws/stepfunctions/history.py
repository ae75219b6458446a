"""Writes an execution's history as Step Functions does: an event names the one before it in its own branch, and nothing follows the end."""

import threading
from contextvars import ContextVar
from typing import Any

from ministack.core.responses import now_iso
from ministack.services import stepfunctions

Execution = dict[str, Any]

_previous: ContextVar[int] = ContextVar("previous_event")
_current: ContextVar[Execution | None] = ContextVar("current_execution", default=None)
_writing = threading.Lock()


class ExecutionEnded(Exception):
    """The execution was stopped or ran out of time: what it still had under way leads nowhere."""


def install() -> None:
    stepfunctions._add_event = add_event


def enter(execution: Execution) -> None:
    """This thread, and the threads of its branches, work for the execution from now on."""
    _current.set(execution)
    _previous.set(len(execution["events"]))


def add_event(execution: Execution, kind: str, details: dict[str, Any] | None = None) -> dict[str, Any]:
    if not kind.startswith("Execution"):
        check_running(execution)
    with _writing:
        number = len(execution["events"]) + 1
        event = {"id": number, "previousEventId": _previous.get(number - 1), "type": kind, "timestamp": now_iso(), **(details or {})}
        execution["events"].append(event)
    _previous.set(number)
    return event


def check_running(execution: Execution | None = None) -> None:
    """Raises ExecutionEnded when the execution (the thread's own, if none is named) does not run any more."""
    execution = execution or _current.get()
    if execution and execution["status"] != "RUNNING":
        raise ExecutionEnded(execution["executionArn"])
