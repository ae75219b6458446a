"""Makes Lambda functions out of a few lines of JavaScript, and roles for them and for the nodes of clusters."""

import io
import json
import zipfile
from typing import Any

Aws = Any


def create_function(aws: Aws, name: str, files: dict[str, str], role: str, environment: dict[str, str] | None = None) -> str:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as code:
        for path, text in files.items():
            code.writestr(path, text)
    created = aws("lambda").create_function(
        FunctionName=name,
        Runtime="nodejs24.x",
        Role=role,
        Handler="index.handler",
        Code={"ZipFile": archive.getvalue()},
        Timeout=10,
        Environment={"Variables": environment or {}},
    )
    return str(created["FunctionArn"])


def create_role(aws: Aws, name: str, statements: list[dict[str, Any]], trusted: dict[str, str] | None = None) -> str:
    """A role with these rights, which the trusted may take on: anyone when not said."""
    lambdas = {"Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com", "ec2.amazonaws.com"]}, "Action": "sts:AssumeRole"}
    others = {"Effect": "Allow", "Principal": trusted or {"AWS": "*"}, "Action": "sts:AssumeRole"}
    trust = {"Version": "2012-10-17", "Statement": [lambdas, others]}
    role = aws("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    policy = {"Version": "2012-10-17", "Statement": statements}
    aws("iam").put_role_policy(RoleName=name, PolicyName="rights", PolicyDocument=json.dumps(policy))
    return str(role)


def create_nodes(aws: Aws, name: str) -> str:
    """The role of a cluster's nodes, in an instance profile of the same name; it may take on any role that trusts it."""
    role = create_role(aws, name, [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}])
    aws("iam").create_instance_profile(InstanceProfileName=name)
    aws("iam").add_role_to_instance_profile(InstanceProfileName=name, RoleName=name)
    return role
