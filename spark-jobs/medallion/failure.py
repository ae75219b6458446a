"""Decides the name and the cause by which a failure is known outside: never the value of a row."""

from __future__ import annotations

import traceback
from typing import Any, NamedTuple

# Their messages quote the value that could not be taken.
QUOTES_VALUES = {
    "SparkArithmeticException",
    "SparkDateTimeException",
    "SparkNumberFormatException",
    "SparkRuntimeException",
    "DeltaInvariantViolationException",
    "InvariantViolationException",
}
# They say only that something inside them failed.
WRAPPERS = {"SparkException", "RuntimeException", "ExecutionException", "UncheckedExecutionException", "InvocationTargetException"}
LONGEST_CAUSE = 600


class JobError(Exception):
    """A failure with a name: what was expected, what was found, what to do."""

    def __init__(self, name: str, dataset: str, expected: str, found: str, remedy: str) -> None:
        super().__init__(f"{dataset}: expected {expected}; found {found}. To mend it: {remedy}")
        self.name = name


class Failure(NamedTuple):
    error: str
    cause: str
    stack: str


def failure_of(error: BaseException) -> Failure:
    """`stack` has the frames of Python and of the JVM, and no message."""
    frames = "".join(traceback.format_tb(error.__traceback__))
    if isinstance(error, JobError):
        return Failure(error.name, str(error), frames)
    java = getattr(error, "java_exception", None) or getattr(error, "_origin", None)
    if java is None:
        return Failure(type(error).__name__, _first_line(str(error)), frames)
    telling = _telling(java)
    name = telling.getClass().getSimpleName()
    said = "a value could not be taken; the step's log has the place" if name in QUOTES_VALUES else _first_line(telling.getMessage() or "")
    return Failure(name, said, frames + _java_frames(java))


def _telling(java: Any) -> Any:
    while java.getClass().getSimpleName() in WRAPPERS and java.getCause() is not None:
        java = java.getCause()
    return java


def _first_line(message: str) -> str:
    lines = message.strip().splitlines()
    return lines[0][:LONGEST_CAUSE] if lines else "no message"


def _java_frames(java: Any) -> str:
    lines: list[str] = []
    while java is not None:
        lines.append(f"caused by {java.getClass().getName()}")
        lines.extend(f"    at {frame.toString()}" for frame in list(java.getStackTrace())[:30])
        java = java.getCause()
    return "\n".join(lines)
