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

# How often a step that waits looks whether it was cancelled, and how often one that runs is cancelled again: between two of its jobs
# there is nothing to cancel.
PAUSE_SECONDS = 0.1


@dataclass
class Step:
    cancelled: threading.Event = field(default_factory=threading.Event)
    running: threading.Event = field(default_factory=threading.Event)
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
            problem = self._in_turn(step, args, environment, log)
        finally:
            step.ended.set()
            del self._steps[step_id]
        if step.cancelled.is_set():
            return {"state": "CANCELLED", "reason": "Cancelled", "message": "cancelled on request", "log": str(log)}
        if problem is not None:
            return {"state": "FAILED", "reason": "Application error", "message": problem, "log": str(log)}
        return {"state": "COMPLETED"}

    def when_idle(self, work: Callable[[SparkSession], None]) -> None:
        """Not at all when a step is there already."""
        with self._one_at_a_time:
            if not self._steps:
                work(self._session.result())

    def cancel(self, step_id: str) -> bool:
        """Answers when the step has ended; False when there is no such step, or no longer."""
        step = self._steps.get(step_id)
        if step is None:
            return False
        step.cancelled.set()
        while not step.ended.wait(PAUSE_SECONDS):
            # One that still waits has no jobs: those of the step before it are left alone.
            if step.running.is_set():
                self._session.result().sparkContext.cancelAllJobs()
        return True

    def _in_turn(self, step: Step, args: list[str], environment: Mapping[str, str], log: Path) -> str | None:
        while not self._one_at_a_time.acquire(timeout=PAUSE_SECONDS):
            if step.cancelled.is_set():
                return None
        try:
            session = self._session.result()
            step.running.set()
            return None if step.cancelled.is_set() else run_step(session, args, environment, log)
        finally:
            self._one_at_a_time.release()
