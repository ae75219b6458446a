"""Works out how long a retry waits (upstream knows neither MaxDelaySeconds nor JitterStrategy) and ends a wait when its execution ends."""

import random
import time
from typing import Any

from ministack.services import stepfunctions

from local.aws.stepfunctions.history import check_running

_find_matching_retrier = stepfunctions._find_matching_retrier


def install() -> None:
    stepfunctions._find_matching_retrier = find_retrier
    stepfunctions._scaled_sleep = sleep


def find_retrier(retriers: list[dict[str, Any]], error: str, counts: dict[int, int]) -> tuple[dict[str, Any] | None, int]:
    """The retrier with its delay already worked out, for upstream multiplies IntervalSeconds by BackoffRate to the power of the count."""
    retrier, index = _find_matching_retrier(retriers, error, counts)
    if retrier is None:
        return None, index
    delay = retrier.get("IntervalSeconds", 1) * retrier.get("BackoffRate", 2.0) ** counts.get(index, 0)
    delay = min(delay, retrier.get("MaxDelaySeconds", delay))
    if retrier.get("JitterStrategy") == "FULL":
        delay = random.uniform(0, delay)
    return {**retrier, "IntervalSeconds": delay, "BackoffRate": 1.0}, index


def sleep(seconds: float) -> None:
    until = time.monotonic() + seconds * stepfunctions._SFN_WAIT_SCALE
    while (left := until - time.monotonic()) > 0:
        check_running()
        time.sleep(min(left, 0.2))
