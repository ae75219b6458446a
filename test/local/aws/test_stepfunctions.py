"""What a JSONata machine sees on the emulator is what it sees on AWS, state by state."""

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from conftest import eventually

from functions import create_function, create_role

BUCKET = "states"

Start = Callable[..., Any]


@pytest.fixture(scope="module")
def role(aws: Any) -> str:
    aws("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    return create_role(aws, "states", [{"Effect": "Allow", "Action": "*", "Resource": "*"}])


@pytest.fixture(scope="module")
def start(aws: Any, role: str) -> Start:
    """Starts a machine of these states, the first one first, and returns the execution's address."""

    def start(states: dict[str, Any], given: Any = None, **settings: Any) -> str:
        definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states, **settings}
        name = f"m-{uuid.uuid4()}"
        machine = aws("stepfunctions").create_state_machine(name=name, definition=json.dumps(definition), roleArn=role)
        arn = machine["stateMachineArn"]
        return str(aws("stepfunctions").start_execution(stateMachineArn=arn, input=json.dumps(given or {}))["executionArn"])

    return start


@pytest.fixture(scope="module")
def run(aws: Any, start: Start) -> Callable[..., Any]:
    """The execution's description once it has ended."""

    def run(states: dict[str, Any], given: Any = None, **settings: Any) -> Any:
        arn = start(states, given, **settings)
        return eventually(lambda: (found := aws("stepfunctions").describe_execution(executionArn=arn))["status"] != "RUNNING" and found)

    return run


def output(ended: Any) -> Any:
    assert ended["status"] == "SUCCEEDED", ended
    return json.loads(ended["output"])


def test_what_a_branch_assigns_stays_in_the_branch(run: Any) -> None:
    def branch(number: int) -> Any:
        assign = {"Type": "Pass", "Assign": {"mine": number}, "Next": "Say"}
        return {"StartAt": "Assign", "States": {"Assign": assign, "Say": {"Type": "Succeed", "Output": "{% [$mine, $states.input] %}"}}}

    parallel = {
        "Type": "Parallel",
        "Arguments": "{% $states.input.a %}",
        "Branches": [branch(1), branch(2)],
        "Assign": {"seen": "{% $states.result[0][0] %}"},
        "Output": {"all": "{% $states.result %}"},
        "Next": "After",
    }
    after = {"Type": "Succeed", "Output": "{% $merge([$states.input, {'seen': $seen, 'mine': $exists($mine)}]) %}"}
    assert output(run({"Both": parallel, "After": after}, {"a": 9})) == {"all": [[1, 9], [2, 9]], "seen": 1, "mine": False}


def test_assign_sees_the_values_from_before_the_state(run: Any) -> None:
    first = {"Type": "Pass", "Assign": {"n": 1, "m": 1}, "Next": "Second"}
    second = {"Type": "Pass", "Assign": {"n": "{% $n + 1 %}", "m": "{% $n %}"}, "Next": "Third"}
    assert output(run({"First": first, "Second": second, "Third": {"Type": "Succeed", "Output": "{% [$n, $m] %}"}})) == [2, 1]


def test_a_list_of_one_stays_a_list_from_state_to_state(run: Any) -> None:
    first = {"Type": "Pass", "Assign": {"kept": "{% $states.input.all[ok][] %}"}, "Output": {}, "Next": "Second"}
    second = {
        "Type": "Map",
        "Items": "{% $kept %}",
        "ItemProcessor": inline({"Type": "Pass", "Output": "{% $states.input.name %}", "End": True}),
        "End": True,
    }
    assert output(run({"First": first, "Second": second}, {"all": [{"name": "a", "ok": True}, {"name": "b", "ok": False}]})) == ["a"]


def inline(state: Any) -> Any:
    return {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "Only", "States": {"Only": state}}


def distributed(state: Any) -> Any:
    return {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}, "StartAt": "Only", "States": {"Only": state}}


def test_a_distributed_map_reads_its_items_from_s3_and_selects_what_each_is_given(aws: Any, run: Any) -> None:
    aws("s3").put_object(Bucket=BUCKET, Key="items.json", Body=json.dumps([{"n": 1}, {"n": 2}]).encode())
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON"},
        "Arguments": {"Bucket": BUCKET, "Key": "{% $states.input.key %}"},
    }
    selector = {"n": "{% $states.context.Map.Item.Value.n %}", "index": "{% $states.context.Map.Item.Index %}", "run": "{% $run %}"}
    each = {"Type": "Pass", "Output": "{% $merge([$states.input, {'seesRun': $exists($run)}]) %}", "End": True}
    states = {
        "Begin": {"Type": "Pass", "Assign": {"run": "r1"}, "Next": "Each"},
        "Each": {
            "Type": "Map",
            "ItemReader": reader,
            "ItemSelector": selector,
            "MaxConcurrency": 1,
            "ItemProcessor": distributed(each),
            "End": True,
        },
    }
    expected = [{"n": n, "index": n - 1, "run": "r1", "seesRun": False} for n in (1, 2)]
    assert output(run(states, {"key": "items.json"})) == expected


@pytest.mark.parametrize(("tolerated", "status"), [(50, "SUCCEEDED"), (49, "FAILED")])
def test_a_map_run_fails_above_its_tolerated_share(aws: Any, run: Any, tolerated: int, status: str) -> None:
    fails = {"Type": "Choice", "Choices": [{"Condition": "{% $states.input > 1 %}", "Next": "Fails"}], "Default": "Works"}
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Only",
        "States": {"Only": fails, "Fails": {"Type": "Fail", "Error": "TooBig"}, "Works": {"Type": "Succeed"}},
    }
    ended = run(
        {"Each": {"Type": "Map", "Items": [1, 2], "ToleratedFailurePercentage": tolerated, "ItemProcessor": processor, "End": True}}
    )
    assert ended["status"] == status
    assert ended.get("error") == (None if status == "SUCCEEDED" else "States.ExceedToleratedFailureThreshold")
    (found,) = aws("stepfunctions").list_map_runs(executionArn=ended["executionArn"])["mapRuns"]
    counts = aws("stepfunctions").describe_map_run(mapRunArn=found["mapRunArn"])["itemCounts"]
    assert (counts["succeeded"], counts["failed"], counts["pending"], counts["running"]) == (1, 1, 0, 0)


def test_a_function_is_tried_again_by_the_name_of_its_error(aws: Any, run: Any, role: str) -> None:
    code = """
      let calls = 0;
      export const handler = async ({ retries }) => {
        calls += 1;
        if (retries < 2) throw Object.assign(new Error(`call ${calls}`), { name: retries === 0 ? 'SourceBusy' : 'SourceUnreachable' });
        return { calls, retries };
      };
    """
    create_function(aws, "busy", {"index.mjs": code}, role)
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": "busy", "Payload": {"retries": "{% $states.context.State.RetryCount %}"}},
        "Output": "{% $states.result.Payload %}",
        "Retry": [
            {"ErrorEquals": ["SourceBusy"], "IntervalSeconds": 1, "MaxAttempts": 1, "JitterStrategy": "FULL"},
            {"ErrorEquals": ["SourceUnreachable"], "IntervalSeconds": 600, "MaxDelaySeconds": 1, "MaxAttempts": 1},
        ],
        "End": True,
    }
    # The same environment answers all three calls: an error does not end it.
    assert output(run({"Busy": task})) == {"calls": 3, "retries": 2}


def test_a_function_whose_process_is_killed_fails_by_the_name_that_lambda_gives_it(aws: Any, run: Any, role: str) -> None:
    code = """
      export const handler = async ({ retries }) => {
        if (retries === 0) process.kill(process.pid, 'SIGKILL');
        return retries;
      };
    """
    create_function(aws, "killed", {"index.mjs": code}, role)
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": "killed", "Payload": {"retries": "{% $states.context.State.RetryCount %}"}},
        "Output": "{% $states.result.Payload %}",
        "Retry": [{"ErrorEquals": ["Runtime.ExitError"], "IntervalSeconds": 1, "MaxAttempts": 1}],
        "End": True,
    }
    assert output(run({"Killed": task})) == 1


def test_a_caught_error_has_its_name_and_the_functions_answer_as_cause(aws: Any, run: Any, role: str) -> None:
    code = "export const handler = async () => { throw Object.assign(new Error('refused'), { name: 'BadCredentials' }); };"
    create_function(aws, "refused", {"index.mjs": code}, role)
    caught = {
        "ErrorEquals": ["States.ALL"],
        "Assign": {"kept": "{% $states.errorOutput.Error %}"},
        "Output": "{% $states.errorOutput %}",
        "Next": "Caught",
    }
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {"FunctionName": "refused"},
        "Catch": [caught],
        "End": True,
    }
    said = output(run({"Try": task, "Caught": {"Type": "Succeed", "Output": "{% [$kept, $states.input] %}"}}))
    assert said[0] == said[1]["Error"] == "BadCredentials"
    cause = json.loads(said[1]["Cause"])
    assert (cause["errorType"], cause["errorMessage"]) == ("BadCredentials", "refused")
    assert cause["trace"][0] == "BadCredentials: refused"


def test_any_sdk_action_works_and_names_its_errors(run: Any) -> None:
    put = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:putObject",
        "Arguments": {"Bucket": BUCKET, "Key": "said.json", "Body": {"Error": "{% $states.input.error %}"}},
        "Next": "Get",
    }
    get = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:getObject",
        "Arguments": {"Bucket": BUCKET, "Key": "said.json"},
        "Output": "{% $states.result.Body %}",
        "Next": "Miss",
    }
    caught = {"ErrorEquals": ["S3.NoSuchKeyException"], "Output": "{% $states.input %}", "Next": "Done"}
    arguments = {"Bucket": BUCKET, "Key": "missing"}
    miss = {"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:s3:getObject", "Arguments": arguments, "Catch": [caught], "End": True}
    states = {"Put": put, "Get": get, "Miss": miss, "Done": {"Type": "Succeed"}}
    assert json.loads(output(run(states, {"error": "é"}))) == {"Error": "é"}


def test_the_history_tells_of_states_inside_a_map_each_after_its_own(aws: Any, run: Any) -> None:
    steps = {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "End": True}}
    processor = {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "A", "States": steps}
    ended = run({"Each": {"Type": "Map", "Items": [1, 2], "ItemProcessor": processor, "End": True}})
    events = aws("stepfunctions").get_execution_history(executionArn=ended["executionArn"])["events"]
    by_id = {event["id"]: event for event in events}
    entered = [event for event in events if event.get("stateEnteredEventDetails", {}).get("name") == "B"]
    assert sorted(event["stateEnteredEventDetails"]["input"] for event in entered) == ["1", "2"]
    for event in entered:
        before = by_id[event["previousEventId"]]["stateExitedEventDetails"]
        assert (before["name"], before["output"]) == ("A", event["stateEnteredEventDetails"]["input"])


def test_a_payload_above_256_kib_is_refused(run: Any) -> None:
    double = {"Type": "Pass", "Output": "{% $states.input.text & $states.input.text %}", "End": True}
    ended = run({"Double": double}, {"text": "x" * 140_000})
    assert (ended["status"], ended["error"]) == ("FAILED", "States.DataLimitExceeded")


def test_a_machine_times_out_by_itself(run: Any) -> None:
    assert run({"Wait": {"Type": "Wait", "Seconds": 3600, "End": True}}, TimeoutSeconds=1)["status"] == "TIMED_OUT"


def test_a_stopped_execution_stays_stopped_with_its_children(aws: Any, start: Start) -> None:
    each = {"Type": "Wait", "Seconds": 3600, "End": True}
    arn = start({"Each": {"Type": "Map", "Label": "Waiting", "Items": [1, 2], "ItemProcessor": distributed(each), "End": True}})
    states = aws("stepfunctions")
    (found,) = eventually(lambda: states.list_map_runs(executionArn=arn)["mapRuns"])
    children = eventually(lambda: len(got := states.list_executions(mapRunArn=found["mapRunArn"])["executions"]) == 2 and got)
    states.stop_execution(executionArn=arn, error="Enough", cause="by hand")
    assert [states.describe_execution(executionArn=child["executionArn"])["status"] for child in children] == ["ABORTED"] * 2
    eventually(lambda: states.describe_map_run(mapRunArn=found["mapRunArn"])["itemCounts"]["aborted"] == 2)
    ended = states.describe_execution(executionArn=arn)
    assert (ended["status"], ended["error"]) == ("ABORTED", "Enough")


def test_a_nested_execution_hands_on_its_output_or_its_failure(aws: Any, run: Any, start: Start) -> None:
    child = aws("stepfunctions").describe_execution(executionArn=start({"Say": {"Type": "Succeed", "Output": "{% $states.input %}"}}))
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Arguments": {"StateMachineArn": child["stateMachineArn"], "Input": {"n": "{% $states.input.n %}"}},
        "Output": "{% [$states.result.Status, $states.result.Output.n] %}",
        "End": True,
    }
    assert output(run({"Nested": task}, {"n": 7})) == ["SUCCEEDED", 7]
    failing = aws("stepfunctions").describe_execution(
        executionArn=start({"Fail": {"Type": "Fail", "Error": "Broken", "Cause": "on purpose"}})
    )
    task["Arguments"] = {"StateMachineArn": failing["stateMachineArn"]}
    ended = run({"Nested": task})
    assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
    assert json.loads(ended["cause"])["Error"] == "Broken"


def test_a_nested_execution_is_stopped_with_its_parent(aws: Any, start: Start) -> None:
    states = aws("stepfunctions")
    waiting = start({"Wait": {"Type": "Wait", "Seconds": "{% $states.input.seconds %}", "End": True}}, {"seconds": 0})
    machine = states.describe_execution(executionArn=waiting)["stateMachineArn"]
    arguments = {"StateMachineArn": machine, "Input": {"seconds": 3600}}
    parent = start(
        {"Nested": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2", "Arguments": arguments, "End": True}}
    )
    (child,) = eventually(lambda: states.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"])
    states.stop_execution(executionArn=parent)
    eventually(lambda: states.describe_execution(executionArn=child["executionArn"])["status"] == "ABORTED")
