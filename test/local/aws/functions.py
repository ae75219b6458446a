"""Makes Lambda functions out of a few lines of JavaScript."""

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


def create_role(aws: Aws, name: str, statements: list[dict[str, Any]]) -> str:
    """A role that anything may take on, with these rights."""
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
    trust["Statement"].append({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})  # type: ignore[attr-defined]
    role = aws("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    policy = {"Version": "2012-10-17", "Statement": statements}
    aws("iam").put_role_policy(RoleName=name, PolicyName="rights", PolicyDocument=json.dumps(policy))
    return str(role)
