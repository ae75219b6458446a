"""Silver where Delta keeps and reads statistics, as on a cluster: a merge marks rows, leaves files out, and every reader sees the same."""

import pyarrow as pa
import pytest
from conftest import IS_SPARK_3_4
from lake_bucket import LakeBucket
from medallion.key_bounds import conditions, key_bounds
from medallion.own_session import own_session
from pyspark.sql import SparkSession
from test_gold import models  # noqa: F401
from test_gold_changes import gold, load  # noqa: F401
from test_layers import USERS, user, users_contract
from test_maintenance import maintain

pytestmark = pytest.mark.usefixtures("with_statistics")


def test_a_merge_marks_the_rows_it_replaces_and_gold_and_other_readers_see_the_new_ones(
    gold: LakeBucket,  # noqa: F811
    session: SparkSession,
) -> None:
    load(gold, 1, [user("a", 1), user("b", 1), user("c", 1)])
    [before] = files_of(gold)
    built = load(gold, 2, [user("a", 1), user("b", 2, country="DEU")])
    # The MERGE of Delta 2, which comes with Spark 3.4, writes the file anew.
    marks = not IS_SPARK_3_4
    assert (before in files_of(gold)) == marks
    assert gold.delta("silver", "users").protocol().reader_features == (["deletionVectors"] if marks else None)
    assert sorted((row["user_id"], row["country"]) for row in gold.table("silver", "users")) == [("a", "USA"), ("b", "DEU")]
    changes = pa.table(gold.delta("silver", "users").load_cdf(starting_version=1).read_all()).to_pylist()
    assert sorted((row["user_id"], row["_change_type"]) for row in changes) == [
        ("b", "update_postimage"),
        ("b", "update_preimage"),
        ("c", "delete"),
    ]
    # Gold follows the keys, and is for any reader.
    assert {name: result["built"] for name, result in built.items()} == {"by_country": "keys", "neighbours": "keys"}
    assert sorted((row["country"], row["users"]) for row in gold.table("gold", "by_country")) == [("DEU", 1), ("USA", 1)]
    assert gold.delta("gold", "by_country").protocol().min_reader_version == 1
    # Maintenance writes marked files anew, where so much of them is marked.
    maintain(gold, ["silver.users"], users=1)
    assert before not in files_of(gold)
    assert sorted((row["user_id"], row["country"]) for row in gold.table("silver", "users")) == [("a", "USA"), ("b", "DEU")]


def test_a_batch_finds_its_rows_among_many_files_whatever_its_keys_look_like(lake: LakeBucket) -> None:
    lake.contract(users_contract())
    odd = ["it's", "back\\slash", "", "z" * 50, "Ünïcode"]
    for seq, key in enumerate(odd, 1):
        lake.run(lake.land("users", seq, USERS, [user(key, 1, email="x@company.com")]))
    assert len(files_of(lake)) == 5
    moved = [user(key, 2, email="x@company.com", country="DEU") for key in odd[1:]]
    result = lake.run(lake.land("users", 6, USERS, moved))["silver"]["datasets"]["users"]
    assert {name: count for name, count in result["outcomes"].items() if count} == {"read": 4, "updated": 4}
    assert sorted((row["user_id"], row["country"]) for row in lake.table("silver", "users")) == sorted(
        [("it's", "USA"), *((key, "DEU") for key in odd[1:])]
    )


def test_files_whose_keys_lie_outside_the_bounds_are_not_opened(lake: LakeBucket, session: SparkSession) -> None:
    own = own_session(session)
    address = f"{lake.address}/silver/t"
    own.range(0, 400, 1, 4).selectExpr("format_string('%04d', id) AS id").write.format("delta").save(address)
    batch = own.range(110, 120).selectExpr("format_string('%04d', id) AS id")
    read = own.read.format("delta").load(address).where(" AND ".join(conditions(key_bounds(batch, ["id"]))))
    plan = read._jdf.queryExecution().executedPlan()
    assert len(read.collect()) == 10
    assert plan.collectLeaves().head().metrics().apply("numFiles").value() == 1
    session._jvm.org.apache.spark.sql.SparkSession.setActiveSession(session._jsparkSession)


def files_of(lake: LakeBucket) -> list[str]:
    return [each["path"] for each in pa.table(lake.delta("silver", "users").get_add_actions()).to_pylist()]
