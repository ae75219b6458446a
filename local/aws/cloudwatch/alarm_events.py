"""Sends "CloudWatch Alarm State Change" to the default event bus whenever an alarm changes its state, by evaluation or by hand."""

import datetime
import json
from typing import Any

from ministack.services import cloudwatch, eventbridge

_record_history = cloudwatch._record_history


def install() -> None:
    cloudwatch._record_history = record_history


def record_history(name: str, before: str, after: str, reason: str, kind: str = "MetricAlarm", reason_data: Any = None) -> None:
    _record_history(name, before, after, reason, kind, reason_data)
    alarm = cloudwatch._alarms.get(name) or cloudwatch._composite_alarms.get(name)
    if alarm is None or before == after:
        return
    now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    data = reason_data if isinstance(reason_data, str) else json.dumps(reason_data or {})
    detail = {
        "alarmName": name,
        "configuration": {"description": alarm.get("AlarmDescription") or "", **_watched(alarm)},
        "previousState": {"value": before, "timestamp": now},
        "state": {"value": after, "reason": reason, "timestamp": now, "reasonData": data},
    }
    entry = {"Source": "aws.cloudwatch", "DetailType": "CloudWatch Alarm State Change", "Resources": [alarm["AlarmArn"]]}
    eventbridge._put_events({"Entries": [{**entry, "Detail": json.dumps(detail)}]}, allow_aws_source=True)


def _watched(alarm: dict[str, Any]) -> dict[str, Any]:
    if "MetricName" not in alarm:
        return {"alarmRule": alarm.get("AlarmRule", "")}
    dimensions = {each["Name"]: each["Value"] for each in alarm.get("Dimensions") or []}
    metric = {"namespace": alarm["Namespace"], "name": alarm["MetricName"], "dimensions": dimensions}
    statistic = {"metric": metric, "period": alarm["Period"], "stat": alarm.get("ExtendedStatistic") or alarm.get("Statistic")}
    return {"metrics": [{"id": "m1", "returnData": True, "metricStat": statistic}]}
