"""Measures how many messages wait in the queue that an alarm watches; upstream's SQS publishes no metric."""

from typing import Any

from ministack.services import cloudwatch, sqs

_METRIC = "ApproximateNumberOfMessagesVisible"


def sample_queues(alarm: dict[str, Any]) -> None:
    if (alarm.get("Namespace"), alarm.get("MetricName")) != ("AWS/SQS", _METRIC):
        return
    for dimension in alarm["Dimensions"]:
        url = sqs._queue_name_to_url.get(dimension["Value"])
        if dimension["Name"] == "QueueName" and url:
            queue = sqs._queues[url]
            sqs._refresh_counts(queue)
            waiting = float(queue["attributes"]["ApproximateNumberOfMessages"])
            cloudwatch.record_metric("AWS/SQS", _METRIC, waiting, "Count", {"QueueName": dimension["Value"]})
