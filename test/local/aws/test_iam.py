"""Rights are enforced: a function and a Spark step can do what their roles may do, and no more."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from conftest import Driver, eventually

from functions import create_function, create_nodes, create_role

SESSION = """
export const handler = async () => ({
  AccessKeyId: process.env.AWS_ACCESS_KEY_ID,
  SecretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,
  SessionToken: process.env.AWS_SESSION_TOKEN,
});
"""


def test_a_function_is_refused_its_neighbours_secret(aws: Any) -> None:
    secrets = aws("secretsmanager")
    own = secrets.create_secret(Name="own", SecretString="mine")["ARN"]
    secrets.create_secret(Name="neighbours", SecretString="theirs")
    role = create_role(aws, "asking", [{"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": own}])
    create_function(aws, "asking", {"index.mjs": SESSION}, role)
    session = json.loads(aws("lambda").invoke(FunctionName="asking")["Payload"].read())
    asking = aws("secretsmanager", session)
    assert asking.get_secret_value(SecretId="own")["SecretString"] == "mine"
    with pytest.raises(ClientError, match="AccessDenied"):
        asking.get_secret_value(SecretId="neighbours")


def test_a_step_has_the_rights_of_its_own_role(aws: Any, driver: Driver) -> None:
    aws("s3").create_bucket(Bucket="step-lake", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    aws("emr").create_security_configuration(Name="with-roles", SecurityConfiguration="{}")
    rights = [{"Effect": "Allow", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::step-lake/silver/*"}]
    role = create_role(aws, "step", rights, trusted={"AWS": create_nodes(aws, "nodes")})
    instances = {"KeepJobFlowAliveWhenNoSteps": True, "InstanceCount": 1, "MasterInstanceType": "m5.xlarge"}
    cluster = aws("emr").run_job_flow(
        Name="steps", JobFlowRole="nodes", ReleaseLabel="emr-7.14.0", Instances=instances, SecurityConfiguration="with-roles"
    )["JobFlowId"]
    step = {"Name": "silver", "HadoopJarStep": {"Jar": "command-runner.jar", "Args": ["spark-submit"]}}
    aws("emr").add_job_flow_steps(JobFlowId=cluster, Steps=[step], ExecutionRoleArn=role)
    (ran,) = eventually(lambda: driver.steps)
    environment = ran["environment"]
    session = {"AccessKeyId": environment["AWS_ACCESS_KEY_ID"], "SecretAccessKey": environment["AWS_SECRET_ACCESS_KEY"]}
    s3 = aws("s3", session | {"SessionToken": environment["AWS_SESSION_TOKEN"]})
    s3.put_object(Bucket="step-lake", Key="silver/users/1", Body=b"")
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object(Bucket="step-lake", Key="gold/users/1", Body=b"")
    aws("emr").terminate_job_flows(JobFlowIds=[cluster])


def test_a_bucket_that_demands_tls_is_open_to_the_laptops_http(aws: Any) -> None:
    s3 = aws("s3")
    s3.create_bucket(Bucket="tls-only", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    statement: dict[str, Any] = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::tls-only", "arn:aws:s3:::tls-only/*"],
    }
    conditions = {"Bool": {"aws:SecureTransport": "false"}}
    s3.put_bucket_policy(
        Bucket="tls-only", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement | {"Condition": conditions}]})
    )
    role = create_role(aws, "reader", [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}])
    session = aws("sts").assume_role(RoleArn=role, RoleSessionName="reader")["Credentials"]
    aws("s3", session).put_object(Bucket="tls-only", Key="object", Body=b"")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        aws("s3", session).put_object(Bucket="tls-only", Key="object", Body=b"", IfNoneMatch="*")


def test_a_bucket_that_is_written_once_refuses_a_write_that_could_overwrite(aws: Any) -> None:
    s3 = aws("s3")
    s3.create_bucket(Bucket="written-once", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    statement: dict[str, Any] = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::written-once/*"}
    statement["Condition"] = {"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}}
    s3.put_bucket_policy(Bucket="written-once", Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    role = create_role(aws, "writer", [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}])
    writer = aws("s3", aws("sts").assume_role(RoleArn=role, RoleSessionName="writer")["Credentials"])
    writer.put_object(Bucket="written-once", Key="whole", Body=b"", IfNoneMatch="*")
    upload = {"Bucket": "written-once", "Key": "parts"}
    upload["UploadId"] = writer.create_multipart_upload(**upload)["UploadId"]
    part = {"PartNumber": 1, "ETag": writer.upload_part(**upload, PartNumber=1, Body=b"part")["ETag"]}
    with pytest.raises(ClientError, match="AccessDenied"):
        writer.put_object(Bucket="written-once", Key="other", Body=b"")
    with pytest.raises(ClientError, match="AccessDenied"):
        writer.complete_multipart_upload(**upload, MultipartUpload={"Parts": [part]})
    writer.complete_multipart_upload(**upload, MultipartUpload={"Parts": [part]}, IfNoneMatch="*")


def test_a_right_to_end_one_cluster_ends_no_other(aws: Any) -> None:
    arn = "arn:aws:elasticmapreduce:eu-central-1:000000000000:cluster"
    role = create_role(aws, "ending", [{"Effect": "Allow", "Action": "elasticmapreduce:TerminateJobFlows", "Resource": f"{arn}/j-MINE"}])
    ending = aws("emr", aws("sts").assume_role(RoleArn=role, RoleSessionName="ending")["Credentials"])
    ending.terminate_job_flows(JobFlowIds=["j-MINE"])
    with pytest.raises(ClientError, match="AccessDenied"):
        ending.terminate_job_flows(JobFlowIds=["j-OTHER"])
