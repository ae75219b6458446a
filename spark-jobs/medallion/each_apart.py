"""Runs one piece of work for each of several names at once: each in a session of its own, and no failure touches another."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Callable, Dict

from pyspark import inheritable_thread_target
from pyspark.sql import SparkSession

from medallion.failure import failure_of
from medallion.own_session import own_session

# Planning is single-threaded per query and is most of a small batch; more at once would only share the same cores.
AT_ONCE = 4

Work = Callable[[SparkSession, str], Dict[str, Any]]


def each_apart(session: SparkSession, layer: str, names: list[str], work: Work) -> dict[str, dict[str, Any]]:
    """The results by name: `ok` with what the work answers, or `failed` with name and cause."""
    with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix=layer) as pool:
        futures = [(name, pool.submit(inheritable_thread_target(_result), session, layer, name, work)) for name in names]
        return {name: future.result() for name, future in futures}


def _result(session: SparkSession, layer: str, name: str, work: Work) -> dict[str, Any]:
    start = time.monotonic()
    own = own_session(session)
    session.sparkContext.setJobDescription(f"{layer} {name}")
    try:
        result = dict({"status": "ok"}, **work(own, name))
    except Exception as error:
        failure = failure_of(error)
        print(f"{layer} {name}: {failure.error}: {failure.cause}\n{failure.stack}", file=sys.stderr, flush=True)
        result = {"status": "failed", "error": failure.error, "cause": failure.cause}
    result["seconds"] = round(time.monotonic() - start, 2)
    print("{} {}: {} in {} s".format(layer, name, result["status"], result["seconds"]), flush=True)
    return result
