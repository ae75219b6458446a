"""The pipeline's own state machine, unchanged, on the emulator: every state and JSONata function that it uses does what it does on AWS."""

import json
import uuid
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Driver, eventually

from functions import create_function, create_nodes, create_role

HERE = Path(__file__).parent
FUNCTIONS = ("plan", "extract", "complete-landing", "validate", "route-results", "commit", "plan-gold", "clean-up", "publish")
BUCKET = "machine-lake"


@pytest.fixture(scope="module")
def machine(aws: Any) -> str:
    aws("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    rights = [{"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": f"arn:aws:s3:::{BUCKET}/*"}]
    rights += [{"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": f"arn:aws:s3:::{BUCKET}"}]
    role = create_role(aws, "machine-functions", rights)
    files = {"index.mjs": (HERE / "fake_functions.mjs").read_text()}
    for name in FUNCTIONS:
        create_function(aws, name, files, role, {"BUCKET": BUCKET})
    aws("emr").create_security_configuration(Name="machine", SecurityConfiguration="{}")
    step_role = create_role(aws, "machine-steps", rights, trusted={"AWS": create_nodes(aws, "machine-nodes")})
    definition = (ROOT / "statemachines" / "etl-pipeline.asl.json").read_text()
    for name, value in _substitutions(step_role).items():
        definition = definition.replace(f"${{{name}}}", value)
    assert "${" not in definition
    created = aws("stepfunctions").create_state_machine(name="machine", definition=definition, roleArn=role)
    return str(created["stateMachineArn"])


def _substitutions(step_role: str) -> dict[str, str]:
    functions = {"".join(part.title() for part in name.split("-")) + "Function": name for name in FUNCTIONS}
    return functions | {
        "StepRole": step_role,
        "LakeBucket": BUCKET,
        "Applications": "Spark,Hive,Hadoop",
        "BatchesAtOnce": "10",
        "ReleaseLabel": "emr-7.14.0",
        "ServiceRole": "service",
        "JobFlowRole": "machine-nodes",
        "SecurityConfiguration": "machine",
        "LogUri": "s3://logs/emr/",
        "IdleTimeoutSeconds": "600",
        "SubnetIds": "subnet-1,subnet-2",
        "EmrPrimarySecurityGroup": "sg-1",
        "EmrCoreSecurityGroup": "sg-2",
        "EmrServiceAccessSecurityGroup": "sg-3",
        "InstanceType": "m5.2xlarge",
        "InstanceCount": "5",
        "SpotTaskNodes": "2",
        "SparkConf": "--conf spark.sql.adaptive.enabled=true",
        "SparkZip": "s3://artifacts/medallion.zip",
        "BronzeScript": "s3://artifacts/bronze.py",
        "SilverScript": "s3://artifacts/silver.py",
        "GoldScript": "s3://artifacts/gold.py",
    }


class Run:
    def __init__(self, aws: Any, machine: str, *datasets: str) -> None:
        self.states, self.emr, self.name = aws("stepfunctions"), aws("emr"), f"run-{uuid.uuid4()}"
        chunks = [
            {"dataset": dataset, "seq": 1, "chunk": chunk, "landing": f"s3://landing/{dataset}"} for dataset in datasets for chunk in "012"
        ]
        aws("s3").put_object(Bucket=BUCKET, Key=f"runs/{self.name}/chunks.json", Body=json.dumps(chunks).encode())
        request = json.dumps({"datasets": list(datasets)} if datasets else {})
        self.arn = self.states.start_execution(stateMachineArn=machine, name=self.name, input=request)["executionArn"]

    def end(self) -> Any:
        return eventually(lambda: (found := self.states.describe_execution(executionArn=self.arn))["status"] != "RUNNING" and found, 40)

    def entered(self) -> list[str]:
        pages = self.states.get_paginator("get_execution_history").paginate(executionArn=self.arn)
        return [
            event["stateEnteredEventDetails"]["name"] for page in pages for event in page["events"] if "stateEnteredEventDetails" in event
        ]

    def clusters(self) -> list[Any]:
        described = (self.emr.describe_cluster(ClusterId=each["Id"])["Cluster"] for each in self.emr.list_clusters()["Clusters"])
        return [each for each in described if {"Key": "etl:execution", "Value": self.arn} in each["Tags"]]


def test_nothing_new_ends_without_a_cluster(aws: Any, machine: str, driver: Driver) -> None:
    run = Run(aws, machine)
    assert json.loads(run.end()["output"])["status"] == "unchanged"
    assert run.entered() == ["Plan", "IsThereWork", "HasAnythingFailed", "Done"]
    assert run.clusters() == []


def test_a_run_loads_every_dataset_and_builds_gold(aws: Any, machine: str, driver: Driver) -> None:
    run = Run(aws, machine, "users", "flaky", "slow")
    ended = run.end()
    assert ended["status"] == "SUCCEEDED", ended
    output = json.loads(ended["output"])
    assert output["status"] == "loaded"
    assert output["datasets"] == [
        {"dataset": name, "seq": 1, "outcomes": {"read": 9}, "status": "ok"} for name in ("users", "flaky", "slow")
    ]
    assert output["models"] == ["dim_users"]
    assert [step["args"][-2] for step in driver.steps] == [f"s3://artifacts/{layer}.py" for layer in ("bronze", "silver", "gold")]
    assert [step["args"][-1] for step in driver.steps] == [f"s3://lake/runs/{output['run']}/plan.json"] * 3
    assert all(step["environment"]["AWS_ACCESS_KEY_ID"].startswith("ASIA") for step in driver.steps)
    (map_run,) = run.states.list_map_runs(executionArn=run.arn)["mapRuns"]
    assert run.states.describe_map_run(mapRunArn=map_run["mapRunArn"])["itemCounts"]["succeeded"] == 9


def test_a_dataset_that_fails_is_named_and_the_others_are_loaded(aws: Any, machine: str, driver: Driver) -> None:
    run = Run(aws, machine, "users", "broken")
    ended = run.end()
    assert (ended["status"], ended["error"]) == ("FAILED", "FailedInPart"), ended
    cause = json.loads(ended["cause"])
    # JSONata makes a list of one a value.
    assert cause["loaded"] in ("users", ["users"])
    (failed,) = cause["failed"]
    assert (failed["dataset"], failed["error"]) == ("broken", "BadCredentials")
    assert "the password was refused" in failed["cause"]
    written = aws("s3").get_object(Bucket=BUCKET, Key=f"runs/{run.name}/outcomes/broken/1.json")["Body"].read()
    assert json.loads(written)["Error"] == "BadCredentials"


def test_a_layer_that_fails_is_tried_once_more_and_then_named(aws: Any, machine: str, driver: Driver) -> None:
    driver.outcomes["s3://artifacts/silver.py"] = {"state": "FAILED", "reason": "Crashed", "message": "exit code 1", "log": "driver.log"}
    ended = Run(aws, machine, "users").end()
    assert (ended["status"], ended["error"]) == ("FAILED", "SilverFailed")
    step = json.loads(json.loads(ended["cause"])["failed"][0]["cause"])["Step"]
    assert step["Status"]["FailureDetails"] == {"Reason": "Crashed", "Message": "exit code 1", "LogFile": "driver.log"}
    assert [each["args"][-2][15:] for each in driver.steps] == ["bronze.py", "silver.py", "silver.py"]


def test_a_stopped_run_cancels_its_step_and_goes_no_further(aws: Any, machine: str, driver: Driver) -> None:
    driver.holding.add("s3://artifacts/bronze.py")
    run = Run(aws, machine, "users")
    (step,) = eventually(lambda: driver.steps)
    run.states.stop_execution(executionArn=run.arn, error="Stopped", cause="by hand")
    eventually(lambda: driver.cancelled == [step["id"]])
    (cluster,) = run.clusters()
    eventually(lambda: run.emr.list_steps(ClusterId=cluster["Id"])["Steps"][0]["Status"]["State"] == "CANCELLED")
    ended = run.end()
    assert (ended["status"], ended["error"]) == ("ABORTED", "Stopped")
    assert run.entered()[-1] == "Bronze"


def test_a_run_stopped_during_the_clusters_start_leaves_no_cluster(aws: Any, machine: str, driver: Driver) -> None:
    run = Run(aws, machine, "users")
    (cluster,) = eventually(run.clusters)
    assert cluster["Status"]["State"] in ("STARTING", "BOOTSTRAPPING")
    run.states.stop_execution(executionArn=run.arn)
    eventually(lambda: run.clusters()[0]["Status"]["State"] == "TERMINATED")
    assert driver.steps == []


def test_a_redrive_goes_on_from_the_state_that_failed(aws: Any, machine: str, driver: Driver) -> None:
    driver.holding.add("s3://artifacts/gold.py")
    run = Run(aws, machine, "users")
    eventually(lambda: len(driver.steps) == 3)
    run.states.stop_execution(executionArn=run.arn)
    eventually(lambda: driver.cancelled == [driver.steps[2]["id"]])
    driver.reset()
    run.states.redrive_execution(executionArn=run.arn)
    ended = run.end()
    assert (ended["status"], ended["redriveCount"]) == ("SUCCEEDED", 1)
    assert [each["args"][-2][15:] for each in driver.steps] == ["gold.py"]
