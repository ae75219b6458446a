"""The emulator as the laptop starts it, once for all tests of this folder, and a driver that stands in for Spark."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

ROOT = Path(__file__).parents[3]


class Driver:
    """Answers a step as the test says: `outcomes` by the step's first argument that has one, COMPLETED otherwise."""

    def __init__(self) -> None:
        self.steps: list[dict[str, Any]] = []
        self.cancelled: list[str] = []
        self.outcomes: dict[str, dict[str, str]] = {}
        self.holding: set[str] = set()
        self._changed = threading.Condition()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def reset(self) -> None:
        with self._changed:
            self.steps, self.cancelled, self.outcomes, self.holding = [], [], {}, set()
            self._changed.notify_all()

    def run(self, step: dict[str, Any]) -> dict[str, str]:
        with self._changed:
            self.steps.append(step)
            self._changed.notify_all()
            self._changed.wait_for(lambda: step["id"] in self.cancelled or not self.holding.intersection(step["args"]), 30)
            if step["id"] in self.cancelled:
                return {"state": "CANCELLED", "reason": "Cancelled", "message": "", "log": ""}
        return next((self.outcomes[each] for each in step["args"] if each in self.outcomes), {"state": "COMPLETED"})

    def release(self, argument: str) -> None:
        with self._changed:
            self.holding.discard(argument)
            self._changed.notify_all()

    def cancel(self, step_id: str) -> None:
        with self._changed:
            self.cancelled.append(step_id)
            self._changed.notify_all()


def _handler(driver: Driver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self._answer(driver.run(json.loads(self.rfile.read(int(self.headers["Content-Length"])))))

        def do_DELETE(self) -> None:
            driver.cancel(self.path.rsplit("/", 1)[1])
            self._answer({})

        def _answer(self, value: object) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps(value).encode())

        def log_message(self, *arguments: object) -> None:
            """The test's output is not the place."""

    return Handler


@pytest.fixture(scope="session")
def shared_driver() -> Iterator[Driver]:
    driver = Driver()
    yield driver
    driver.server.shutdown()


@pytest.fixture
def driver(shared_driver: Driver) -> Driver:
    shared_driver.reset()
    return shared_driver


@pytest.fixture(scope="session")
def endpoint(shared_driver: Driver, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with emulator(tmp_path_factory.mktemp("aws"), shared_driver.endpoint) as (address, _):
        yield address


@contextmanager
def emulator(folder: Path, driver: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Its address, once it answers, and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    environment = os.environ | {
        "PATH": f"{ROOT / 'node_modules' / '.bin'}:{os.environ['PATH']}",
        "GATEWAY_PORT": str(port),
        "AWS_ENDPOINT_URL": address,
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "AUTH": "true",
        "SPARK_DRIVER_ENDPOINT": driver,
        "ALARM_SECONDS": "0.5",
        "SFN_WAIT_SCALE": "0.05",
        "TMPDIR": str(folder),
    }
    with (folder / "aws.log").open("w") as log:
        process = subprocess.Popen([sys.executable, "-m", "local.aws"], cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            eventually(lambda: process.poll() is not None or _is_up(address))
            assert process.poll() is None, (folder / "aws.log").read_text()
            yield address, process
        finally:
            process.terminate()
            process.wait(10)


def _is_up(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/_ministack/health") as response:
            return bool(response.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="session")
def aws(endpoint: str) -> Callable[..., Any]:
    """A client for a service, as root or with the credentials of a role's session."""
    return partial(client, endpoint)


def client(endpoint: str, service: str, credentials: dict[str, str] | None = None) -> Any:
    session = {
        "aws_access_key_id": credentials["AccessKeyId"] if credentials else "test",
        "aws_secret_access_key": credentials["SecretAccessKey"] if credentials else "test",
        "aws_session_token": credentials["SessionToken"] if credentials else None,
    }
    config = Config(retries={"max_attempts": 0}, inject_host_prefix=False, s3={"addressing_style": "path"})
    return boto3.client(service, "eu-central-1", endpoint_url=endpoint, config=config, **session)


def eventually(condition: Callable[[], Any], seconds: float = 20) -> Any:
    """What the condition says once it says something; fails when it does not in time."""
    until = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < until, f"not so within {seconds} seconds: {condition}"
        time.sleep(0.02)
    return found
