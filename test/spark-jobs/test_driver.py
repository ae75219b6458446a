"""What the laptop's driver promises: a step runs the code it brings, as its own role, and ends for good when it is cancelled."""

import io
import json
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from conftest import CHECKOUT, IS_SPARK_3_4, JARS, free_port
from lake_bucket import ADMIN, LakeBucket, Row
from test_layers import USERS, user, users_contract

Answer = dict[str, Any]
CODE = "s3://artifacts"
AS_ADMIN = {"AWS_ACCESS_KEY_ID": ADMIN["aws_access_key_id"], "AWS_SECRET_ACCESS_KEY": ADMIN["aws_secret_access_key"]}
TABLES = ("bronze/", "silver/", "gold/", "quarantine/")


class Driver:
    def __init__(self, port: int) -> None:
        self._address = f"http://127.0.0.1:{port}"

    def step(self, step_id: str, *args: str, environment: Row | None = None) -> Answer:
        body = {"id": step_id, "args": ["spark-submit", "--deploy-mode", "cluster", *args], "environment": environment or AS_ADMIN}
        return self._ask("POST", "/steps", body)

    def job(self, layer: str, plan: str, environment: Row) -> Answer:
        return self.step(f"s-{layer}", "--py-files", f"{CODE}/medallion.zip", f"{CODE}/{layer}.py", plan, environment=environment)

    def cancel(self, step_id: str) -> Answer:
        return self._ask("DELETE", f"/steps/{step_id}")

    def health(self) -> Answer:
        return self._ask("GET", "/health")

    def _ask(self, method: str, path: str, body: Row | None = None) -> Answer:
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(urllib.request.Request(self._address + path, data=data, method=method)) as response:
            answer: Answer = json.load(response)
            return answer


@pytest.fixture(scope="module")
def driver(s3_endpoint: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Driver]:
    port = free_port()
    folder = tmp_path_factory.mktemp("driver")
    options = ["--port", str(port), "--s3-endpoint", s3_endpoint, "--logs", str(folder), "--jars", str(JARS)]
    command = [sys.executable, "-m", "local.spark.driver", *options]
    with (folder / "driver.log").open("w") as log, subprocess.Popen(command, cwd=CHECKOUT, stdout=log, stderr=log) as process:
        try:
            yield _answering(Driver(port), process, folder / "driver.log")
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def code(s3_endpoint: str) -> LakeBucket:
    """The bucket of the artifacts: the entry points and the package, as they are deployed."""
    bucket = LakeBucket(s3_endpoint, "artifacts")
    jobs = CHECKOUT / "spark-jobs"
    for layer in ("bronze", "silver", "gold"):
        bucket.put(f"{layer}.py", (jobs / f"{layer}.py").read_bytes())
    package = [*jobs.glob("medallion/*.py"), *jobs.glob("medallion/gold/*.sql")]
    bucket.put("medallion.zip", _zipped({str(file.relative_to(jobs)): file.read_bytes() for file in package}))
    return bucket


@pytest.fixture
def as_role(s3_endpoint: str, lake: LakeBucket, code: LakeBucket) -> Row:
    """The session of a role that may do in the test's lake what a Spark step may do in the real one (infra/constructs/emr-roles.ts)."""
    read = [(code, ""), (lake, "landing/"), (lake, "contracts/"), (lake, "gold-plans/")]
    write = [(lake, prefix) for prefix in ("runs/", *TABLES)]
    grants = [_grants(place.bucket, prefix, False) for place, prefix in read]
    grants += [_grants(place.bucket, prefix, True) for place, prefix in write]
    return _session(s3_endpoint, f"spark-step-{lake.bucket}", [statement for grant in grants for statement in grant])


def test_a_step_takes_a_batch_through_the_layers_with_no_more_than_the_rights_of_its_role(
    driver: Driver, lake: LakeBucket, as_role: Row
) -> None:
    lake.contract(users_contract())
    plan = lake.plan(lake.land("users", 1, USERS, [user("a", 1), user("b", 1, email="nobody")]))
    for layer in ("bronze", "silver", "gold"):
        assert driver.job(layer, plan, as_role) == {"state": "COMPLETED"}
    assert lake.results(plan, "silver")["datasets"]["users"]["outcomes"]["quarantined"] == 1
    assert [row["user_id"] for row in lake.table("silver", "users")] == ["a"]
    # By which Delta knows a table's state without reading its log; that it could not be written it would not say.
    # Delta 2.4, which comes with Spark 3.4, writes none.
    assert ("silver/users/_delta_log/00000000000000000000.crc" in lake.keys("silver/users/_delta_log/")) != IS_SPARK_3_4


def test_a_step_may_not_do_what_its_role_may_not(driver: Driver, code: LakeBucket, lake: LakeBucket, s3_endpoint: str) -> None:
    lake.contract(users_contract())
    plan = lake.plan(lake.land("users", 1, USERS, [user("a", 1)]))
    only_code = _session(s3_endpoint, f"only-code-{lake.bucket}", _grants(code.bucket, "", False))
    answer = driver.job("bronze", plan, only_code)
    assert answer["state"] == "FAILED"
    assert answer["message"].startswith(f"AccessDeniedException: {plan}")


def test_edited_code_takes_effect_with_the_next_step(driver: Driver, code: LakeBucket) -> None:
    ask = f"{CODE}/ask.py"
    code.put("ask.py", b"import sys, answer\nprint(answer.IT)\nsys.exit(0 if answer.IT == sys.argv[1] else 'another answer')\n")
    for answer in ("before", "after"):
        code.put(f"{answer}.zip", _zipped({"answer.py": f"IT = {answer!r}".encode()}))
        assert driver.step(f"s-{answer}", "--py-files", f"{CODE}/{answer}.zip", ask, answer) == {"state": "COMPLETED"}
    ended = driver.step("s-wrong", "--py-files", f"{CODE}/after.zip", ask, "before")
    assert (ended["state"], ended["message"]) == ("FAILED", "the script ended with another answer")
    assert Path(ended["log"]).read_text().splitlines()[-1] == "after"


def test_settings_of_a_step_reach_its_sessions_and_end_with_it(driver: Driver, code: LakeBucket, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    code.put("setting.py", _script(f"open({str(seen)!r}, 'w').write(spark.newSession().conf.get('spark.sql.autoBroadcastJoinThreshold'))"))
    driver.step("s-set", "--conf", "spark.sql.autoBroadcastJoinThreshold=64m", f"{CODE}/setting.py")
    assert seen.read_text() == "64m"
    driver.step("s-unset", f"{CODE}/setting.py")
    assert seen.read_text() == "10485760b"


def test_a_cancelled_step_has_ended_when_the_answer_comes_and_one_that_waits_leaves_the_other_alone(
    driver: Driver, code: LakeBucket, tmp_path: Path
) -> None:
    started, after = tmp_path / "started", tmp_path / "after"
    endless = "spark.range(0, 10**15, 1, 2).selectExpr('sum(sqrt(id))').collect()"
    code.put("endless.py", _script(f"open({str(started)!r}, 'w').close(); {endless}; open({str(after)!r}, 'w').close()"))
    with ThreadPoolExecutor() as pool:
        running = pool.submit(driver.step, "s-endless", f"{CODE}/endless.py")
        try:
            _await(started.exists, running)
            waiting = pool.submit(driver.step, "s-waiting", f"{CODE}/endless.py")
            _await(lambda: driver.cancel("s-waiting")["cancelled"], running)
            assert waiting.result()["state"] == "CANCELLED"
            assert not running.done()
        finally:
            cancelled = driver.cancel("s-endless")
        assert cancelled == {"cancelled": True}
        assert running.result()["state"] == "CANCELLED"
    assert not after.exists()
    assert driver.cancel("s-endless") == {"cancelled": False}


def _await(condition: Callable[[], bool], running: Future[Answer]) -> None:
    while not condition():
        assert not running.done(), running.result()
        time.sleep(0.05)


def _answering(driver: Driver, process: "subprocess.Popen[bytes]", log: Path) -> Driver:
    while process.poll() is None:
        try:
            driver.health()
            return driver
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"expected the driver to answer; found that it ended: {log.read_text()}")


def _script(body: str) -> bytes:
    return f"from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()\n{body}\n".encode()


def _zipped(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def _grants(bucket: str, prefix: str, write: bool) -> list[Row]:
    objects = f"arn:aws:s3:::{bucket}/{prefix}*"
    actions = ["s3:GetObject"] + (["s3:PutObject", "s3:AbortMultipartUpload"] if write else [])
    # Only the files of tables are ever deleted.
    actions += ["s3:DeleteObject"] if prefix in TABLES else []
    listing: Row = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": f"arn:aws:s3:::{bucket}"}
    if prefix:
        listing["Condition"] = {"StringLike": {"s3:prefix": [f"{prefix}*"]}}
    return [{"Effect": "Allow", "Action": actions, "Resource": objects}, listing]


def _session(endpoint: str, role: str, statements: list[Row]) -> Row:
    iam, sts = (boto3.client(name, endpoint_url=endpoint, **ADMIN) for name in ("iam", "sts"))
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    arn = iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}))["Role"][
        "Arn"
    ]
    iam.put_role_policy(RoleName=role, PolicyName="rights", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    given = sts.assume_role(RoleArn=arn, RoleSessionName="step")["Credentials"]
    names = {"AWS_ACCESS_KEY_ID": "AccessKeyId", "AWS_SECRET_ACCESS_KEY": "SecretAccessKey", "AWS_SESSION_TOKEN": "SessionToken"}
    return {variable: given[name] for variable, name in names.items()}


def _policy(statements: list[Row]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})
