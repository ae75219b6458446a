"""Keyed hashes: the values of RFC 4231, a key that nothing shows, and what happens without one, or with another."""

import base64
import contextlib
import hashlib
import hmac
import io
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from conftest import KEY
from lake_bucket import ADMIN, LakeBucket
from medallion.failure import failure_of
from medallion.pseudonyms import Pseudonyms, read_pseudonyms
from pyspark.sql import SparkSession
from test_gold import build, gold_contract
from test_gold import models as models  # a fixture
from test_layers import USERS, user, users_contract

NAME = "etl/pseudonyms"


@pytest.fixture
def secrets(s3_endpoint: str) -> Iterator[Any]:
    client = boto3.client("secretsmanager", endpoint_url=s3_endpoint, **ADMIN)
    yield client
    with contextlib.suppress(client.exceptions.InvalidRequestException):
        client.restore_secret(SecretId=NAME)
    client.put_secret_value(SecretId=NAME, SecretString=json.dumps({"key": KEY.hex()}))


@pytest.mark.parametrize(
    ("key", "text", "expected"),
    [
        (b"\x0b" * 20, "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
        (b"Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        (
            b"\xaa" * 131,
            "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
    ],
)
def test_the_function_passes_rfc_4231(session: SparkSession, key: bytes, text: str, expected: str) -> None:
    own = session.newSession()
    Pseudonyms(key).give_to(own)
    assert own.sql(f"SELECT keyed_hash('{text}') AS made, keyed_hash(NULL) AS none").collect() == [(expected, None)]


def test_neither_plan_nor_settings_nor_the_object_itself_show_the_key(session: SparkSession) -> None:
    own = session.newSession()
    pseudonyms = read_pseudonyms(own)
    pseudonyms.give_to(own)
    rows = own.range(3).selectExpr("keyed_hash(CAST(id AS string)) AS hash")
    assert rows.collect()[1]["hash"] == hmac.new(KEY, b"1", hashlib.sha256).hexdigest()
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        rows.explain(extended=True)
    execution = rows._jdf.queryExecution()
    settings = own.sparkContext.getConf().getAll() + [tuple(row) for row in own.sql("SET").collect()]
    seen = "\n".join([shown.getvalue(), execution.toString(), execution.analyzed().toJSON(), repr(pseudonyms), repr(settings)])
    assert "keyed_hash" in seen
    octets = ", ".join(map(str, KEY))
    assert [form for form in (KEY.hex(), base64.b64encode(KEY).decode(), repr(KEY)[2:-1], octets) if form in seen] == []


def test_without_its_secret_or_with_a_useless_one_a_model_fails_by_name_and_without_the_value(session: SparkSession, secrets: Any) -> None:
    for useless in ("not JSON", '{"key": "0badf00d"}', '{"other": "0badf00d"}', '{"key": 7}'):
        secrets.put_secret_value(SecretId=NAME, SecretString=useless)
        with pytest.raises(Exception, match="32 octets") as raised:
            read_pseudonyms(session)
        failure = failure_of(raised.value)
        assert (failure.error, "0badf00d" in "".join(failure)) == ("SecretIncomplete", False)
    secrets.delete_secret(SecretId=NAME, RecoveryWindowInDays=7)
    with pytest.raises(Exception, match="restore-secret") as raised:
        read_pseudonyms(session)
    assert failure_of(raised.value).error == "SecretMissing"


def test_under_another_key_a_model_is_made_whole_so_that_no_two_keys_are_mixed(
    lake: LakeBucket, models: dict[str, str], secrets: Any
) -> None:
    lake.contract(users_contract())
    contract = gold_contract("dim_people", ["user_id"], user_id="string", hash="string")
    contract["incremental"] = {"key": ["user_id"], "inputs": {"silver.users": "same"}}
    lake.gold_contract(contract)
    models["dim_people"] = "SELECT user_id, keyed_hash(email) AS hash FROM silver.users"
    lake.run(lake.land("users", 1, USERS, [user("a", 1), user("b", 1)]))
    build(lake, 1, users=0)
    assert build(lake, 2, users=0)["dim_people"]["unchanged"]
    other = KEY[::-1]
    secrets.put_secret_value(SecretId=NAME, SecretString=json.dumps({"key": other.hex()}))
    built = build(lake, 3, users=0)["dim_people"]
    assert (built["built"], built["changed"]) == ("whole", 2)
    hashes = {row["user_id"]: row["hash"] for row in lake.table("gold", "dim_people")}
    assert hashes == {name: hmac.new(other, f"{name}@company.com".encode(), hashlib.sha256).hexdigest() for name in "ab"}


def test_of_a_row_set_aside_a_column_that_the_contract_allows_shows_the_beginning_of_its_hash(lake: LakeBucket) -> None:
    contract = users_contract()
    next(each for each in contract["columns"] if each["name"] == "email")["masking"] = "hash"
    lake.contract(contract)
    lake.run(lake.land("users", 1, USERS, [user("a", 1, email="nobody"), user("b", 1, country=None), user("c", 1)]))
    found = {row["key"]: row["masked_value"] for row in lake.table("quarantine", "users")}
    assert found == {"a": hmac.new(KEY, b"nobody", hashlib.sha256).hexdigest()[:16], "b": None}
