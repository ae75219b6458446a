"""Takes metrics out of log lines in the embedded metric format: whatever a function prints so is a metric on AWS."""

import json
from collections.abc import Iterator
from typing import Any

from ministack.services import cloudwatch, cloudwatch_logs

Metric = tuple[str, str, float, str, dict[str, str]]

_append_log_events = cloudwatch_logs._append_log_events


def install() -> None:
    cloudwatch_logs._append_log_events = append_log_events


def append_log_events(stream: dict[str, Any], events: list[dict[str, Any]]) -> None:
    _append_log_events(stream, events)
    for event in events:
        for namespace, name, value, unit, dimensions in metrics_in(event["message"]):
            cloudwatch.record_metric(namespace, name, value, unit, dimensions)


def metrics_in(message: str) -> Iterator[Metric]:
    if '"CloudWatchMetrics"' not in message:
        return
    try:
        line = json.loads(message[message.index("{") :])
    except ValueError:
        return  # A line that is no JSON is a line like any other.
    for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
        for names in directive.get("Dimensions") or [[]]:
            dimensions = {name: str(line[name]) for name in names}
            for metric in directive["Metrics"]:
                values = line[metric["Name"]]
                for value in values if isinstance(values, list) else [values]:
                    yield directive["Namespace"], metric["Name"], value, metric.get("Unit", "None"), dimensions
