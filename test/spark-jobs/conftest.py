"""A warm Spark, an S3 and a lake for the tests of the jobs."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import boto3
import pyspark
import pytest
from lake_bucket import ADMIN, LakeBucket
from medallion.own_session import SETTINGS
from pyspark.sql import SparkSession

from local.spark.warm_session import start

CHECKOUT = Path(__file__).parents[2]
# The Java that set-up found or brought along: there may be no other.
os.environ["JAVA_HOME"] = str(Path(json.loads((CHECKOUT / ".etl/java.json").read_text())["java"]).parents[1])

# Those of another line of EMR, where test/emr-6.15.mjs names them.
JARS = Path(os.environ.get("ETL_SPARK_JARS", CHECKOUT / ".etl" / "jars" / "spark"))

# EMR 6.15's.
IS_SPARK_3_4 = pyspark.__version__.startswith("3.4.")
# Without statistics, which the laptop leaves out and a cluster does not, Delta 2.4 refuses a subquery among the columns of a query.
OLDER = {"spark.databricks.delta.stats.skipping": "true"}

# Of pseudonyms, as `openssl dgst -sha256 -mac HMAC -macopt hexkey:…` takes it.
KEY = bytes(range(32))

# First, so that no process is left with one of them at the end while the other has nothing to do.
LONGEST = ("test_versions_of_changes.py", "test_restore.py", "test_gold_equals_whole.py", "test_versions.py", "test_quarantine.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: LONGEST.index(item.path.name) if item.path.name in LONGEST else len(LONGEST))


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    with emulated_s3() as endpoint:
        yield endpoint


@contextmanager
def emulated_s3() -> Iterator[str]:
    port = free_port()
    endpoint = f"http://127.0.0.1:{port}"
    names = {"GATEWAY_PORT": str(port), "AWS_ENDPOINT_URL": endpoint, "BIND_HOST": "127.0.0.1", "MINISTACK_HOST": "127.0.0.1"}
    quiet = {"AUTH": "true", "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0", "LOG_LEVEL": "ERROR"}
    command = [sys.executable, "-c", "import ministack.app; ministack.app.main()"]
    with subprocess.Popen(command, env={**os.environ, **names, **quiet}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as emulator:
        try:
            _await_health(f"{endpoint}/_ministack/health", emulator)
            os.environ.update(AWS_ENDPOINT_URL=endpoint, AWS_REGION="us-east-1")
            secrets = boto3.client("secretsmanager", endpoint_url=endpoint, **ADMIN)
            secrets.create_secret(Name="etl/pseudonyms", SecretString=json.dumps({"key": KEY.hex()}))
            yield endpoint
        finally:
            emulator.terminate()


@pytest.fixture(scope="session")
def session(s3_endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    spark = start_as_admin(s3_endpoint, tmp_path_factory.mktemp("spark"), OLDER if IS_SPARK_3_4 else {})
    yield spark
    spark.stop()


def start_as_admin(s3_endpoint: str, scratch: Path, otherwise: dict[str, str]) -> SparkSession:
    spark = start(s3_endpoint, JARS, scratch, otherwise)
    for name in ("aws.accessKeyId", "aws.secretKey"):
        spark._jvm.java.lang.System.setProperty(name, "test")
    return spark


@pytest.fixture
def with_statistics(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a cluster: Delta keeps what values each file has, and reads it."""
    for name in ("collect", "skipping"):
        monkeypatch.setitem(SETTINGS, f"spark.databricks.delta.stats.{name}", "true")


@pytest.fixture(scope="session")
def lakes(session: SparkSession, s3_endpoint: str) -> Iterator[Iterator[LakeBucket]]:
    yield (LakeBucket(s3_endpoint, f"lake-{number}") for number in range(1, 1000))


@pytest.fixture
def lake(lakes: Iterator[LakeBucket]) -> LakeBucket:
    """An empty lake of the test's own."""
    return next(lakes)


def _await_health(address: str, process: "subprocess.Popen[bytes]") -> None:
    while process.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"expected the emulator to answer at {address}; found it ended with {process.returncode}")
