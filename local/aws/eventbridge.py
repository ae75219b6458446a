"""EventBridge: list elements in the paths of an input transformer (upstream: nothing), and schedules looked at each second."""

import datetime
import re
from typing import Any

from ministack.services import eventbridge, scheduler


def install() -> None:
    eventbridge._apply_input_transformer = transform
    # Upstream's ten seconds make a schedule of a minute late by a sixth of it.
    scheduler._SCHEDULE_TICK_INTERVAL = 1


def transform(transformer: dict[str, Any], rule: dict[str, Any] | None, view: Any) -> Any:
    event = view.event_with_detail()
    values = {name: _at(path, event) for name, path in transformer.get("InputPathsMap", {}).items()}
    reserved = {
        "aws.events.event.json": event,
        "aws.events.event": view.envelope(),
        "aws.events.event.ingestion-time": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    if rule:
        reserved |= {"aws.events.rule-name": rule["Name"], "aws.events.rule-arn": rule["Arn"]}
    return eventbridge._render_input_template(transformer.get("InputTemplate", ""), values | reserved)


def _at(path: str, event: Any) -> Any:
    """What is not there is empty, as on AWS."""
    value = event
    for part in re.findall(r"[^.\[\]]+", path.removeprefix("$")):
        if isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        elif isinstance(value, dict) and part in value:
            value = value[part]
        else:
            return ""
    return value
