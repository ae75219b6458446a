"""Spark passes the vectors of the content hash, and a table's content is carried from commit to commit as if all of it were read."""

import json
from typing import Any

import pytest
from conftest import CHECKOUT
from lake_bucket import LakeBucket, Row, layer_hash_of
from medallion.content_hash import content_hash
from medallion.row_hash import layer_hash, layer_hash_parts
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from test_layers import USERS, user, users_contract

VECTORS = json.loads((CHECKOUT / "test" / "vectors" / "content-hash.json").read_text())


def test_content_hash(session: SparkSession) -> None:
    own = session.newSession()
    own.conf.set("spark.sql.session.timeZone", "UTC")
    found = {vector["name"]: hash_of(own, vector) for vector in VECTORS["rows"]}
    assert found == {vector["name"]: vector["contentHash"] for vector in VECTORS["rows"]}


def hash_of(session: SparkSession, vector: Row) -> str:
    schema = ", ".join("`{name}` {spark}".format(**column) for column in vector["columns"])
    text = json.dumps(vector["values"], ensure_ascii=False)
    row = session.createDataFrame([(text,)], "json string").select(F.from_json("json", schema).alias("row")).select("row.*")
    return str(row.select(content_hash(row.schema).alias("hash")).collect()[0]["hash"])


@pytest.mark.parametrize("history", ["scd1", "scd2"])
def test_what_each_commit_says_of_the_content_is_what_reading_the_whole_table_gives(
    session: SparkSession, lake: LakeBucket, history: str
) -> None:
    lake.contract(users_contract(history=history))
    told: dict[int, Row] = {}
    batches: list[tuple[list[Row], list[Row] | None]] = [
        ([user("a", 1), user("b", 1), user("c", 1), user("d", 1)], None),
        ([user("a", 2), user("c", 1, age=29), user("e", 1)], None),
        ([user("b", 9), user("a", 2)], [{"user_id": each} for each in "abce"]),
        ([user("a", 2)], None),
    ]
    for seq, (rows, keys) in enumerate(batches, start=1):
        result = lake.run(lake.land("users", seq, USERS, rows, keys=keys, planned_at="2024-01-15T10:00:30.000Z"))
        told[seq] = result["silver"]["datasets"]["users"]["content"]
        assert told[seq]["before"] == told.get(seq - 1, {"after": {"rows": 0, "hash": "0" * 32}})["after"]
        assert (told[seq]["after"], added_up(told)) == measured(session, lake)
        assert "measured" not in told[seq]
    assert told[4]["changes"] == {}


def test_a_table_without_content_hashes_gets_them_and_is_read_once(session: SparkSession, lake: LakeBucket) -> None:
    lake.contract(users_contract())
    lake.run(lake.land("users", 1, USERS, [user("a", 1), user("b", 1)]))
    forget_content_hashes(session, lake)
    second = lake.run(lake.land("users", 2, USERS, [user("a", 2)]))["silver"]["datasets"]["users"]["content"]
    assert list(second["measured"]) == ["1"]
    assert second["before"] == second["measured"]["1"]
    third = lake.run(lake.land("users", 3, USERS, [user("b", 3)]))["silver"]["datasets"]["users"]["content"]
    assert "measured" not in third
    assert third["after"] == measured(session, lake)[0]


def test_the_same_rows_have_the_same_content_whichever_run_loads_them(session: SparkSession, lakes: Any) -> None:
    contents = []
    for _ in range(2):
        lake = next(lakes)
        lake.contract(users_contract())
        lake.run()
        contents.append(lake.run(lake.land("users", 1, USERS, [user("a", 1), user("b", 2)]))["silver"]["datasets"]["users"]["content"])
    assert contents[0] == contents[1]
    assert contents[0]["after"]["hash"] != layer_hash_of(USERS, [user("a", 1), user("b", 2)])


def measured(session: SparkSession, lake: LakeBucket) -> tuple[Row, Row]:
    """Of the whole table, and by batch: from the values, and not from the hashes that stand beside them."""
    rows = session.read.format("delta").load(f"{lake.address}/silver/users")
    hashes = rows.select("_batch", content_hash(rows.schema).alias("hash"))
    groups = hashes.rollup("_batch").agg(*layer_hash_parts("hash")).collect()
    sums = {each["_batch"]: {"rows": each["rows"], "hash": layer_hash(each["high"], each["low"])} for each in groups}
    return sums.pop(None), {str(batch): each for batch, each in sums.items()}


def added_up(told: dict[int, Row]) -> Row:
    total: Row = {}
    for content in told.values():
        for batch, change in content["changes"].items():
            rows, high, low = total.get(batch, (0, 0, 0))
            total[batch] = (rows + change["rows"], high + int(change["hash"][:16], 16), low + int(change["hash"][16:], 16))
    return {batch: {"rows": rows, "hash": layer_hash(high, low)} for batch, (rows, high, low) in total.items() if rows}


def forget_content_hashes(session: SparkSession, lake: LakeBucket) -> None:
    """As an earlier version of the pipeline left the table."""
    address = f"{lake.address}/silver/users"
    rows = session.read.format("delta").load(address).drop("_content_hash")
    rows.write.format("delta").mode("overwrite").option("overwriteSchema", "true").save(address)
