"""Calls this emulator as any client does, through botocore: its model checks the parameters as AWS would."""

import functools
import os
import threading
from typing import Any

import botocore.session
from botocore.client import BaseClient
from botocore.config import Config
from ministack.core.responses import get_region

_session = botocore.session.get_session()
_making = threading.Lock()


def endpoint() -> str:
    return os.environ["AWS_ENDPOINT_URL"]


def client(service: str) -> BaseClient:
    return _client(service, get_region())


def client_as(service: str, session: dict[str, str]) -> BaseClient:
    """With the rights of a session, given as the variables that functions and nodes find theirs in."""
    return _create(
        service,
        get_region(),
        {
            "aws_access_key_id": session["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": session["AWS_SECRET_ACCESS_KEY"],
            "aws_session_token": session["AWS_SESSION_TOKEN"],
        },
    )


@functools.cache
def _client(service: str, region: str) -> BaseClient:
    return _create(service, region, root_credentials())


def _create(service: str, region: str, credentials: dict[str, Any]) -> BaseClient:
    # One try: a failure is the caller's to retry, or Step Functions' own Retry would never be seen at work.
    config = Config(retries={"max_attempts": 0}, inject_host_prefix=False, s3={"addressing_style": "path"}, max_pool_connections=50)
    with _making:
        return _session.create_client(service, region, endpoint_url=endpoint(), config=config, **credentials)


def root_credentials() -> dict[str, Any]:
    """The emulator takes this key for the account's root, whom no policy binds."""
    return {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
