"""What the state machines pass to AWS is what AWS's own service models take, with every expression evaluated on plausible values."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import jsonata
import pytest
from botocore.validate import ParamValidator

MACHINES = Path(__file__).parents[2] / "statemachines"

Json = Any
Task = tuple[str, str, str, dict[str, Json]]

# Each task's call: the service and the operation in boto3's words. What is in a Payload, the functions check.
OPERATIONS = {
    "elasticmapreduce:createCluster.sync": ("emr", "RunJobFlow"),
    "elasticmapreduce:addStep.sync": ("emr", "AddJobFlowSteps"),
    "aws-sdk:s3:putObject": ("s3", "PutObject"),
    "s3:getObject": ("s3", "GetObject"),
    "states:startExecution.sync:2": ("stepfunctions", "StartExecution"),
    "sns:publish": ("sns", "Publish"),
    "lambda:invoke": ("lambda", "Invoke"),
}

SUBSTITUTIONS = {
    "Applications": "Spark,Hive,Hadoop",
    "IdleTimeoutSeconds": "900",
    "InstanceCount": "5",
    "InstanceType": "m5.2xlarge",
    "LogUri": "s3://logs/emr/",
    "PauseSeconds": "300",
    "PipelineMachine": "arn:aws:states:eu-central-1:111122223333:stateMachine:etl-pipeline",
    "ReleaseLabel": "emr-7.14.0",
    "SparkConf": "--conf spark.sql.adaptive.enabled=true --conf spark.eventLog.enabled=true",
    "SpotTaskNodes": "2",
    "StepRole": "arn:aws:iam::111122223333:role/etl-spark-step",
    "BatchesAtOnce": "10",
    "SubnetIds": "subnet-1,subnet-2",
    "TopicArn": "arn:aws:sns:eu-central-1:111122223333:etl-alerts",
}

VARIABLES: dict[str, Json] = {
    "run": "run-1",
    "executionArn": "arn:aws:states:eu-central-1:111122223333:execution:etl-pipeline:run-1",
    "startedAt": "2026-01-01T00:00:00.000Z",
    "plan": "s3://lake/runs/run-1/plan.json",
    "results": "s3://lake/runs/run-1/results",
    "clusterId": "j-1ABCDEFGHIJKL",
    "committed": [{"dataset": "users"}],
    "models": ["dim_users"],
    "request": {"datasets": ["users"]},
    "problems": [],
    "goldBuild": {"n": 1, "token": 2, "plan": "s3://lake/gold-plans/0000000001.json"},
    "states": {
        "input": {
            "run": "run-1",
            "dataset": "users",
            "datasets": ["users"],
            "seq": 3,
            "token": 7,
            "landing": "s3://landing/users/batch=0000000003",
            "landed": [],
            "chunks": {"bucket": "lake", "key": "runs/run-1/chunks/postgres.json"},
            "exhausted": ["users", "orders"],
            "item": {"run": "run-1", "dataset": "users", "chunk": "rows-0"},
            "failure": {"Error": "SourceUnreachable", "Cause": "expected an answer; found none"},
        },
        "context": {
            "Execution": {"Name": "run-1", "Id": "arn:…", "StartTime": "2026-01-01T00:00:00.000Z"},
            "State": {"RetryCount": 0},
        },
    },
}


def tasks() -> Iterator[Task]:
    for file in sorted(MACHINES.glob("*.asl.json")):
        yield from tasks_in(file.stem.removesuffix(".asl"), json.loads(file.read_text()), "the machine")


def tasks_in(machine: str, node: Json, name: str) -> Iterator[Task]:
    if isinstance(node, dict):
        if "Resource" in node:
            yield machine, name, node["Resource"].removeprefix("arn:aws:states:::"), node.get("Arguments", {})
        for key, inner in node.items():
            yield from tasks_in(machine, inner, key)
    elif isinstance(node, list):
        for inner in node:
            yield from tasks_in(machine, inner, name)


def evaluated(node: Json) -> Json:
    if isinstance(node, dict):
        return {key: evaluated(inner) for key, inner in node.items()}
    if isinstance(node, list):
        return [evaluated(inner) for inner in node]
    if not isinstance(node, str):
        return node
    text = re.sub(r"\$\{(\w+)\}", lambda key: SUBSTITUTIONS.get(key[1], f"the-{key[1]}"), node)
    return value_of(text[2:-2].strip()) if text.startswith("{%") else text


def value_of(expression: str) -> Json:
    compiled = jsonata.Jsonata.jsonata(expression)
    for name, value in VARIABLES.items():
        compiled.assign(name, value)
    value = plain(compiled.evaluate(None))
    assert value is not None, f"{expression} has no value"
    return value


def plain(value: Json) -> Json:
    """Lists of the evaluator are lists of its own."""
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return value


def as_called(resource: str, arguments: dict[str, Json]) -> dict[str, Json]:
    """Step Functions' own shape of a call, turned into the service's: a step for a list, objects for text, capitals for small letters."""
    called = dict(arguments)
    if resource == "elasticmapreduce:addStep.sync":
        called["JobFlowId"] = called.pop("ClusterId")
        called["Steps"] = [called.pop("Step")]
    texts = {"states:startExecution.sync:2": "Input", "aws-sdk:s3:putObject": "Body", "lambda:invoke": "Payload"}
    text = texts.get(resource)
    if text:
        called[text] = json.dumps(called[text])
    return {key[0].lower() + key[1:]: value for key, value in called.items()} if resource.startswith("states:") else called


CASES = [pytest.param(resource, arguments, id=f"{machine}-{state}") for machine, state, resource, arguments in tasks()]


@pytest.mark.parametrize(("resource", "arguments"), CASES)
def test_arguments_are_what_the_service_takes(resource: str, arguments: dict[str, Json]) -> None:
    service, operation = OPERATIONS[resource]
    client = boto3.client(service, region_name="eu-central-1", aws_access_key_id="none", aws_secret_access_key="none")
    shape = client.meta.service_model.operation_model(operation).input_shape
    report = ParamValidator().validate(as_called(resource, evaluated(arguments)), shape)
    assert report.generate_report() == ""


def test_a_wrong_argument_is_found() -> None:
    shape = boto3.client("emr", region_name="eu-central-1").meta.service_model.operation_model("RunJobFlow").input_shape
    report = ParamValidator().validate({"Name": "a", "Instances": {"InstanceFleet": []}, "StepConcurrencyLevel": "1"}, shape)
    assert "InstanceFleet" in report.generate_report()
    assert "StepConcurrencyLevel" in report.generate_report()


def test_a_cluster_has_a_fleet_of_spot_nodes_only_where_the_settings_ask_for_some(monkeypatch: pytest.MonkeyPatch) -> None:
    # A run's; that a maintenance has the same is for the test of the templates to say.
    arguments, *_ = [arguments for _, _, resource, arguments in tasks() if resource.endswith("createCluster.sync")]

    def fleets() -> dict[str, Json]:
        return {fleet["InstanceFleetType"]: fleet for fleet in evaluated(arguments)["Instances"]["InstanceFleets"]}

    assert fleets()["TASK"]["TargetSpotCapacity"] == 2
    monkeypatch.setitem(SUBSTITUTIONS, "SpotTaskNodes", "0")
    assert list(fleets()) == ["MASTER", "CORE"]
    assert fleets()["CORE"]["TargetOnDemandCapacity"] == 4


def test_a_step_is_submitted_with_one_argument_each() -> None:
    steps = [evaluated(arguments)["Step"] for _, _, resource, arguments in tasks() if resource.endswith("addStep.sync")]
    assert [step["Name"] for step in steps] == ["bronze", "silver", "gold", "maintain", "verify"]
    for step in steps:
        assert step["HadoopJarStep"]["Args"] == [
            "spark-submit",
            "--deploy-mode",
            "cluster",
            "--conf",
            "spark.sql.adaptive.enabled=true",
            "--conf",
            "spark.eventLog.enabled=true",
            "--py-files",
            "the-SparkZip",
            f"the-{step['Name'].capitalize()}Script",
            "s3://lake/runs/run-1/plan.json",
        ]
