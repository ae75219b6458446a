"""A cluster takes its time to start and to end, runs one step after another, and says what became of each."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import Driver, eventually

Launch = Callable[..., str]


@pytest.fixture
def launch(aws: Any) -> Launch:
    def launch(**settings: Any) -> str:
        instances = {"KeepJobFlowAliveWhenNoSteps": True, "InstanceCount": 3, "MasterInstanceType": "m5.xlarge"}
        return str(aws("emr").run_job_flow(Name="test", ReleaseLabel="emr-7.14.0", Instances=instances, **settings)["JobFlowId"])

    return launch


def add_steps(aws: Any, cluster: str, *names: str, on_failure: str = "CONTINUE") -> list[str]:
    jars = {name: {"Jar": "command-runner.jar", "Args": [name]} for name in names}
    steps = [{"Name": name, "ActionOnFailure": on_failure, "HadoopJarStep": jar} for name, jar in jars.items()]
    return list(aws("emr").add_job_flow_steps(JobFlowId=cluster, Steps=steps)["StepIds"])


def state_of(aws: Any, cluster: str) -> str:
    return str(aws("emr").describe_cluster(ClusterId=cluster)["Cluster"]["Status"]["State"])


def steps_of(aws: Any, cluster: str) -> dict[str, Any]:
    return {step["Name"]: step["Status"] for step in aws("emr").list_steps(ClusterId=cluster)["Steps"]}


def test_a_cluster_starts_waits_and_ends(aws: Any, launch: Launch, driver: Driver) -> None:
    cluster = launch()
    assert state_of(aws, cluster) in ("STARTING", "BOOTSTRAPPING")
    eventually(lambda: state_of(aws, cluster) == "WAITING")
    aws("emr").terminate_job_flows(JobFlowIds=[cluster])
    eventually(lambda: state_of(aws, cluster) == "TERMINATED")
    with pytest.raises(ClientError, match="may not be modified"):
        add_steps(aws, cluster, "late")


def test_steps_run_one_after_another_and_a_failure_stops_no_other(aws: Any, launch: Launch, driver: Driver) -> None:
    driver.outcomes["first"] = {"state": "FAILED", "reason": "Crashed", "message": "exit code 1", "log": "/logs/first"}
    driver.holding.add("second")
    cluster = launch()
    add_steps(aws, cluster, "first", "second", "third")
    eventually(lambda: steps_of(aws, cluster)["second"]["State"] == "RUNNING")
    found = steps_of(aws, cluster)
    assert (found["first"]["State"], found["third"]["State"]) == ("FAILED", "PENDING")
    assert found["first"]["FailureDetails"] == {"Reason": "Crashed", "Message": "exit code 1", "LogFile": "/logs/first"}
    driver.release("second")
    eventually(lambda: steps_of(aws, cluster)["third"]["State"] == "COMPLETED")
    aws("emr").terminate_job_flows(JobFlowIds=[cluster])


def test_a_cluster_ends_only_after_its_running_step_is_seen_cancelled(aws: Any, launch: Launch, driver: Driver) -> None:
    driver.holding.add("running")
    cluster = launch()
    running, _ = add_steps(aws, cluster, "running", "waiting")
    eventually(lambda: steps_of(aws, cluster)["running"]["State"] == "RUNNING")
    aws("emr").terminate_job_flows(JobFlowIds=[cluster])
    eventually(lambda: state_of(aws, cluster) == "TERMINATED")
    assert driver.cancelled == [running]
    assert {name: status["State"] for name, status in steps_of(aws, cluster).items()} == {"running": "CANCELLED", "waiting": "CANCELLED"}


def test_a_cancelled_step_leaves_the_cluster_to_the_next(aws: Any, launch: Launch, driver: Driver) -> None:
    driver.holding.add("stuck")
    cluster = launch()
    stuck, _ = add_steps(aws, cluster, "stuck", "next")
    eventually(lambda: steps_of(aws, cluster)["stuck"]["State"] == "RUNNING")
    (answer,) = aws("emr").cancel_steps(ClusterId=cluster, StepIds=[stuck])["CancelStepsInfoList"]
    assert answer["Status"] == "SUBMITTED"
    eventually(lambda: steps_of(aws, cluster)["next"]["State"] == "COMPLETED")
    assert steps_of(aws, cluster)["stuck"]["State"] == "CANCELLED"
    aws("emr").terminate_job_flows(JobFlowIds=[cluster])


def test_an_idle_cluster_ends_by_itself(aws: Any, launch: Launch, driver: Driver) -> None:
    cluster = launch(AutoTerminationPolicy={"IdleTimeout": 1})
    eventually(lambda: state_of(aws, cluster) == "TERMINATED")
    reason = aws("emr").describe_cluster(ClusterId=cluster)["Cluster"]["Status"]["StateChangeReason"]
    assert "idle" in reason["Message"]


def test_a_step_that_is_to_end_the_cluster_does(aws: Any, launch: Launch, driver: Driver) -> None:
    driver.outcomes["fatal"] = {"state": "FAILED", "reason": "Crashed", "message": "exit code 1", "log": ""}
    cluster = launch()
    add_steps(aws, cluster, "fatal", on_failure="TERMINATE_CLUSTER")
    eventually(lambda: state_of(aws, cluster) == "TERMINATED_WITH_ERRORS")


def test_a_cluster_needs_the_security_configuration_it_names(aws: Any, launch: Launch, driver: Driver) -> None:
    with pytest.raises(ClientError, match="'missing' does not exist"):
        launch(SecurityConfiguration="missing")
    cluster = launch()
    step = {"Name": "step", "HadoopJarStep": {"Jar": "command-runner.jar"}}
    with pytest.raises(ClientError, match="security configuration"):
        aws("emr").add_job_flow_steps(JobFlowId=cluster, Steps=[step], ExecutionRoleArn="arn:aws:iam::000000000000:role/step")
    aws("emr").terminate_job_flows(JobFlowIds=[cluster])
