"""CloudWatch: alarms by dimension, missing data and M of N, their events on EventBridge, and metrics out of logs.

alarms            evaluates every few seconds; upstream only when a datum arrives, and over all dimensions of a metric together
alarm_events      "CloudWatch Alarm State Change", which upstream never sends
embedded_metrics  metrics in the embedded format, which functions write into their logs
queue_metrics     how many messages wait in a queue
"""

from local.aws.cloudwatch import alarm_events, alarms, embedded_metrics


def install() -> None:
    for part in (alarm_events, alarms, embedded_metrics):
        part.install()
