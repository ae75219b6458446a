"""Runs steps one after another, as they came, and cancels them: what is asked of the driver while Spark still starts waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from local.spark.run_step import run_step

# Between two jobs of a step there is nothing to cancel: so it is asked again until the step has ended.
CANCEL_EVERY_SECONDS = 0.1


@dataclass
class Step:
    cancelled: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)


class StepQueue:
    def __init__(self, session: Future[SparkSession], logs: Path) -> None:
        self._session = session
        self._logs = logs
        self._one_at_a_time = threading.Lock()
        self._steps: dict[str, Step] = {}

    def run(self, step_id: str, args: list[str], environment: Mapping[str, str]) -> dict[str, Any]:
        """Answers when the step has ended, with its state and the file of its log."""
        step = self._steps[step_id] = Step()
        log = self._logs / f"{step_id}.log"
        try:
            problem = self.alone(lambda session: None if step.cancelled.is_set() else run_step(session, args, environment, log))
        finally:
            step.ended.set()
            del self._steps[step_id]
        if step.cancelled.is_set():
            return {"state": "CANCELLED", "reason": "Cancelled", "message": "cancelled on request", "log": str(log)}
        if problem is not None:
            return {"state": "FAILED", "reason": "Application error", "message": problem, "log": str(log)}
        return {"state": "COMPLETED"}

    def alone(self, work: Callable[[SparkSession], str | None]) -> str | None:
        with self._one_at_a_time:
            return work(self._session.result())

    def cancel(self, step_id: str) -> bool:
        """Answers when the step has ended; False when there is no such step, or no longer."""
        step = self._steps.get(step_id)
        if step is None:
            return False
        step.cancelled.set()
        while not step.ended.wait(CANCEL_EVERY_SECONDS):
            if self._session.done() and self._steps.get(step_id) is step:
                self._session.result().sparkContext.cancelAllJobs()
        return True
