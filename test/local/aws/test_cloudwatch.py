"""Alarms see only their own dimensions and say on EventBridge what they found; functions' logs become metrics."""

import json
from typing import Any

import pytest
from conftest import eventually

from functions import create_function, create_role


@pytest.fixture
def alarm(aws: Any, request: pytest.FixtureRequest) -> Any:
    """Makes an alarm of the test's own name and returns a function that asks for its state."""
    name = f"alarm-{request.node.name}"

    def make(**properties: Any) -> Any:
        defaults = {"Namespace": "Test", "MetricName": name, "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1}
        compared = {"Threshold": 1.0, "ComparisonOperator": "GreaterThanOrEqualToThreshold", "TreatMissingData": "notBreaching"}
        aws("cloudwatch").put_metric_alarm(**(defaults | compared | properties), AlarmName=name)
        return lambda: aws("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]

    make.name = name  # type: ignore[attr-defined]
    return make


def put(aws: Any, metric: str, value: float, dataset: str) -> None:
    datum = {"MetricName": metric, "Value": value, "Dimensions": [{"Name": "Dataset", "Value": dataset}]}
    aws("cloudwatch").put_metric_data(Namespace="Test", MetricData=[datum])


def test_an_alarm_sees_only_its_own_dimensions(aws: Any, alarm: Any) -> None:
    state = alarm(Dimensions=[{"Name": "Dataset", "Value": "users"}])
    put(aws, alarm.name, 5, "orders")
    eventually(lambda: state() == "OK")
    put(aws, alarm.name, 5, "users")
    assert state() == "ALARM"


def test_silence_is_an_alarm_where_it_is_to_be_one(alarm: Any) -> None:
    state = alarm(TreatMissingData="breaching", EvaluationPeriods=3, ComparisonOperator="GreaterThanThreshold")
    assert state() == "ALARM"


def test_an_alarm_waits_for_as_many_datapoints_as_it_was_told(aws: Any, alarm: Any) -> None:
    state = alarm(EvaluationPeriods=3, DatapointsToAlarm=2, Dimensions=[{"Name": "Dataset", "Value": "users"}])
    put(aws, alarm.name, 5, "users")
    assert state() == "OK"


def test_a_message_in_a_queue_is_an_alarm(aws: Any, alarm: Any) -> None:
    queue = aws("sqs").create_queue(QueueName="watched")["QueueUrl"]
    watched = {"Namespace": "AWS/SQS", "MetricName": "ApproximateNumberOfMessagesVisible", "Statistic": "Maximum"}
    state = alarm(**watched, Dimensions=[{"Name": "QueueName", "Value": "watched"}])
    eventually(lambda: state() == "OK")
    aws("sqs").send_message(QueueUrl=queue, MessageBody="lost")
    eventually(lambda: state() == "ALARM")


def test_a_failed_execution_alarms_and_the_alarm_starts_another(aws: Any, alarm: Any) -> None:
    states = aws("stepfunctions")
    role = create_role(aws, "alarmed", [{"Effect": "Allow", "Action": "states:StartExecution", "Resource": "*"}])
    failing = states.create_state_machine(name="failing", roleArn=role, definition=machine({"Type": "Fail", "Error": "Broken"}))[
        "stateMachineArn"
    ]
    mending = states.create_state_machine(name="mending", roleArn=role, definition=machine({"Type": "Succeed"}))["stateMachineArn"]
    pattern = {"source": ["aws.cloudwatch"], "detail": {"alarmName": [{"prefix": alarm.name}], "state": {"value": ["ALARM"]}}}
    aws("events").put_rule(Name="mend", EventPattern=json.dumps(pattern))
    aws("events").put_targets(Rule="mend", Targets=[{"Id": "mending", "Arn": mending, "RoleArn": role}])
    state = alarm(Namespace="AWS/States", MetricName="ExecutionsFailed", Dimensions=[{"Name": "StateMachineArn", "Value": failing}])
    states.start_execution(stateMachineArn=failing)
    eventually(lambda: state() == "ALARM")
    (started,) = eventually(lambda: states.list_executions(stateMachineArn=mending)["executions"])
    event = json.loads(states.describe_execution(executionArn=started["executionArn"])["input"])
    assert event["detail-type"] == "CloudWatch Alarm State Change"
    assert event["detail"]["previousState"]["value"] == "OK"
    assert event["detail"]["configuration"]["metrics"][0]["metricStat"]["metric"]["name"] == "ExecutionsFailed"


def machine(state: dict[str, str]) -> str:
    return json.dumps({"StartAt": "Only", "QueryLanguage": "JSONata", "States": {"Only": state}})


def test_a_function_prints_a_metric(aws: Any) -> None:
    role = create_role(aws, "printing", [{"Effect": "Allow", "Action": "logs:*", "Resource": "*"}])
    line = {
        "_aws": {
            "Timestamp": 0,
            "CloudWatchMetrics": [{"Namespace": "Printed", "Dimensions": [["Dataset"]], "Metrics": [{"Name": "Rows", "Unit": "Count"}]}],
        },
        "Dataset": "users",
        "Rows": 7,
    }
    code = f"export const handler = async () => console.log(JSON.stringify({json.dumps(line)}));"
    create_function(aws, "printing", {"index.mjs": code}, role)
    aws("lambda").invoke(FunctionName="printing")
    (metric,) = eventually(lambda: aws("cloudwatch").list_metrics(Namespace="Printed")["Metrics"])
    assert (metric["MetricName"], metric["Dimensions"]) == ("Rows", [{"Name": "Dataset", "Value": "users"}])
