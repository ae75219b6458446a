"""A rule hands its target what the event says, and a schedule starts its target by itself."""

import json
from typing import Any

from conftest import eventually

from functions import create_role


def test_an_input_path_reaches_into_a_list(aws: Any) -> None:
    queue = aws("sqs").create_queue(QueueName="transformed")["QueueUrl"]
    arn = aws("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    aws("events").put_rule(Name="transformed", EventPattern=json.dumps({"source": ["test"]}))
    paths = {"first": "$.detail.metrics[0].dimensions", "missing": "$.detail.metrics[1].dimensions", "name": "$.detail.name"}
    transformer = {"InputPathsMap": paths, "InputTemplate": '{"first": <first>, "missing": "<missing>", "name": "<name>"}'}
    aws("events").put_targets(Rule="transformed", Targets=[{"Id": "queue", "Arn": arn, "InputTransformer": transformer}])
    detail = {"name": "stale", "metrics": [{"dimensions": {"Dataset": "users"}}]}
    aws("events").put_events(Entries=[{"Source": "test", "DetailType": "Test", "Detail": json.dumps(detail)}])
    (message,) = eventually(lambda: aws("sqs").receive_message(QueueUrl=queue).get("Messages"))
    assert json.loads(message["Body"]) == {"first": {"Dataset": "users"}, "missing": "", "name": "stale"}


def test_a_schedule_starts_a_machine_with_its_input(aws: Any) -> None:
    states = aws("stepfunctions")
    role = create_role(aws, "scheduled", [{"Effect": "Allow", "Action": "states:StartExecution", "Resource": "*"}])
    definition = json.dumps({"StartAt": "Only", "QueryLanguage": "JSONata", "States": {"Only": {"Type": "Succeed"}}})
    machine = states.create_state_machine(name="scheduled", roleArn=role, definition=definition)["stateMachineArn"]
    target = {"Arn": machine, "RoleArn": role, "Input": '{"datasets": ["users"]}'}
    window = {"FlexibleTimeWindow": {"Mode": "OFF"}}
    aws("scheduler").create_schedule(Name="once", ScheduleExpression="at(2026-01-01T00:00:00)", Target=target, **window)
    (started,) = eventually(lambda: states.list_executions(stateMachineArn=machine)["executions"])
    assert json.loads(states.describe_execution(executionArn=started["executionArn"])["input"]) == {"datasets": ["users"]}
