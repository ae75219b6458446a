"""Evaluates alarms on one metric as CloudWatch does: by its dimensions, M of the last N periods, with a say on missing data."""

import json
import logging
import operator
import os
import threading
import time
from collections.abc import Callable
from typing import Any

from ministack.services import cloudwatch

from local.aws.cloudwatch.queue_metrics import sample_queues
from local.aws.scope import run_in

Alarm = dict[str, Any]

log = logging.getLogger("cloudwatch")

_COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
# What a period without data counts as; None: it says nothing.
_MISSING = {"breaching": True, "notBreaching": False}

_evaluating = threading.Lock()


def install() -> None:
    cloudwatch._evaluate_alarm = evaluate
    threading.Thread(target=_evaluate_for_ever, daemon=True).start()


def evaluate(alarm: Alarm) -> None:
    if alarm.get("MetricName"):
        with _evaluating:
            _evaluate(alarm)


def _evaluate(alarm: Alarm) -> None:
    periods = int(alarm.get("EvaluationPeriods", 1))
    wanted = int(alarm.get("DatapointsToAlarm") or periods)
    values = [_value(alarm, number) for number in range(periods)]
    breaching = [_is_breaching(alarm, value) for value in values]
    before = alarm["StateValue"]
    after = _state(alarm, breaching, wanted)
    if after == before:
        return
    shown = [value for value in values if value is not None]
    bound = f"{alarm['ComparisonOperator']} {alarm['Threshold']}"
    reason = (
        f"{breaching.count(True)} of the last {periods} periods, with the datapoints {shown}, were {bound} (minimum for an alarm: {wanted})"
    )
    alarm.update(StateValue=after, StateReason=reason, StateUpdatedTimestamp=int(time.time()))
    data = json.dumps({"version": "1.0", "recentDatapoints": shown, "threshold": alarm["Threshold"]})
    cloudwatch._record_history(alarm["AlarmName"], before, after, reason, reason_data=data)
    cloudwatch._dispatch_alarm_actions(alarm, before, after, reason)
    cloudwatch._evaluate_parent_alarms(alarm)


def _value(alarm: Alarm, number: int) -> float | None:
    """Of the period that ended so many periods ago; the newest ends now, so that an alarm waits for no clock."""
    dimensions = {each["Name"]: each["Value"] for each in alarm.get("Dimensions") or []}
    points = cloudwatch._metrics.get((alarm["Namespace"], alarm["MetricName"], cloudwatch._dims_key(dimensions))) or []
    end = time.time() - number * alarm["Period"]
    inside = [point for point in list(points) if end - alarm["Period"] < point["Timestamp"] <= end]
    if not inside:
        return None
    statistic = alarm.get("ExtendedStatistic") or alarm["Statistic"]
    return cloudwatch._stat_value(cloudwatch._calc_stats(inside), statistic, inside)  # type: ignore[no-any-return]


def _is_breaching(alarm: Alarm, value: float | None) -> bool | None:
    if value is None:
        return _MISSING.get(alarm.get("TreatMissingData") or "missing")
    return _COMPARISONS[alarm["ComparisonOperator"]](value, alarm["Threshold"])


def _state(alarm: Alarm, breaching: list[bool | None], wanted: int) -> str:
    if breaching.count(True) >= wanted:
        return "ALARM"
    if any(each is not None for each in breaching):
        return "OK"
    return str(alarm["StateValue"]) if alarm.get("TreatMissingData") == "ignore" else "INSUFFICIENT_DATA"


def _evaluate_for_ever() -> None:
    while True:
        time.sleep(float(os.environ.get("ALARM_SECONDS", "5")))
        for (account, region, name), alarm in list(cloudwatch._alarms._data.items()):
            try:
                run_in(account, region, sample_queues, alarm)
                run_in(account, region, evaluate, alarm)
            except Exception:
                log.exception("alarm %s", name)
