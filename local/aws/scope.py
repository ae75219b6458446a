"""Runs work in a thread that keeps the account and region of the request: they live in context variables, which threads do not inherit."""

import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ministack.core.responses import _request_account_id, _request_region


def spawn(work: Callable[..., object], *arguments: Any) -> None:
    threading.Thread(target=contextvars.copy_context().run, args=(work, *arguments), daemon=True).start()


def run_all(jobs: list[Callable[[], Any]], at_once: int) -> list[Any]:
    """The results in the order of the jobs; when some failed, the first one's error, after all have ended."""
    with ThreadPoolExecutor(max_workers=at_once) as pool:
        futures = [pool.submit(contextvars.copy_context().run, job) for job in jobs]
    return [future.result() for future in futures]


def run_in(account: str, region: str, work: Callable[..., object], *arguments: Any) -> None:
    """For work that no request began: a schedule, an alarm."""
    scope = contextvars.copy_context()
    scope.run(_request_account_id.set, account)
    scope.run(_request_region.set, region)
    scope.run(work, *arguments)
