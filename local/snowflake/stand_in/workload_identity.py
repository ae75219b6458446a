"""Decides who logs in without a secret: whoever AWS says has signed a request that asks who one is."""

import base64
import json
import re
from urllib.parse import urlparse
from urllib.request import Request, urlopen

from .errors import SnowflakeError

STS = re.compile(r"^sts\.[\w-]+\.amazonaws\.com$")
AUDIENCE = "snowflakecomputing.com"


def identity_of(provider: object, token: str, aws_endpoint: str) -> str:
    """The ARN of a user or a role, as CREATE USER … WORKLOAD_IDENTITY names it.

    The request goes to the laptop's AWS in the place of AWS's own.
    """
    asked = json.loads(base64.b64decode(token))
    headers = {name.lower(): value for name, value in asked["headers"].items()}
    if provider != "AWS" or not STS.match(urlparse(asked["url"]).hostname or "") or headers.get("x-snowflake-audience") != AUDIENCE:
        raise refused()
    request = Request(f"{aws_endpoint}/?{urlparse(asked['url']).query}", method=asked["method"], headers=headers, data=b"")
    with urlopen(request) as answer:
        found = re.search(r"<Arn>(.+?)</Arn>", answer.read().decode())
    if found is None:
        raise refused()
    return re.sub(r"^arn:aws:sts::(\d+):assumed-role/([^/]+)/.*$", r"arn:aws:iam::\1:role/\2", found[1])


def refused() -> SnowflakeError:
    message = "Authentication with workload identity failed: no user has this identity, or the attestation is not valid."
    return SnowflakeError("394701", "08001", message)
