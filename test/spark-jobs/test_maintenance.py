"""What maintenance promises: fewer files, the same rows, and nobody who reads versions, change feeds or batches notices."""

import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
from deltalake.exceptions import DeltaError
from lake_bucket import LakeBucket, Row
from medallion.maintenance import run_maintenance
from pyspark.sql import SparkSession
from test_gold import build, models  # noqa: F401
from test_gold_changes import gold, load  # noqa: F401
from test_layers import USERS, user

TABLES = ["bronze.users", "silver.users", "quarantine.users", "gold.by_country", "gold.neighbours", "gold.not_built"]


@pytest.fixture
def no_retention(session: SparkSession) -> Iterator[None]:
    """As if the month had passed after which a vacuum removes files."""
    conf = session.sparkContext._jsc.sc().conf()
    conf.set("spark.databricks.delta.retentionDurationCheck.enabled", "false")
    yield
    conf.remove("spark.databricks.delta.retentionDurationCheck.enabled")


def maintain(lake: LakeBucket, tables: list[str], vacuum_hours: int = 720, **pinned: int) -> dict[str, Row]:
    folder = lake.plan().removesuffix("/plan.json")
    number = folder.rsplit("-", 1)[1]
    plan = {"run": f"maintain-{number}", "lake": lake.address, "results": f"{folder}/results"}
    plan |= {"contracts": f"{lake.address}/contracts/{number}.json", "tables": tables, "pinned": pinned, "vacuumHours": vacuum_hours}
    lake.put(f"runs/run-{number}/maintenance.json", json.dumps(plan).encode())
    run_maintenance(f"{folder}/maintenance.json")
    tables_of: dict[str, Row] = lake.results(f"{folder}/plan.json", "maintain")["tables"]
    return tables_of


def files(results: dict[str, Row], table: str) -> tuple[int, int]:
    return results[table]["before"]["files"], results[table]["after"]["files"]


def rows(lake: LakeBucket, layer: str, table: str) -> list[str]:
    return sorted(map(str, lake.table(layer, table)))


@pytest.mark.usefixtures("no_retention")
def test_small_files_become_one_and_gold_goes_on_from_there_though_older_files_are_gone(gold: LakeBucket) -> None:  # noqa: F811
    gold._contracts["datasets"]["users"]["zOrder"] = ["country", "age"]
    everyone = [user("a", 1), user("b", 1, country="DEU"), user("c", 1), user("d", 1, email="nobody")]
    load(gold, 1, everyone)
    load(gold, 2, [*everyone, user("e", 2, country="DEU")])
    load(gold, 3, [*everyone, user("e", 2, country="DEU"), user("f", 3)])
    before = {name: rows(gold, *name.split(".")) for name in TABLES[:5]}

    found = maintain(gold, TABLES, vacuum_hours=0, users=2)

    assert {name: result["status"] for name, result in found.items()} == dict.fromkeys(TABLES, "ok")
    assert {name: rows(gold, *name.split(".")) for name in TABLES[:5]} == before
    assert files(found, "silver.users") == (3, 1)
    assert files(found, "gold.neighbours")[1] == 1
    # A batch is a partition there, which is never packed with another.
    assert files(found, "bronze.users") == (3, 3)
    assert found["silver.users"]["before"]["smallFiles"] == 3
    assert found["silver.users"]["after"]["smallFiles"] == 0
    assert (found["silver.users"]["version"], found["silver.users"]["sameRowsAs"]) == (3, 2)
    assert found["gold.not_built"] == {"status": "ok", "version": -1, "seconds": found["gold.not_built"]["seconds"]}
    with pytest.raises((DeltaError, OSError)):
        gold.table("silver", "users", version=2)
    changes = pa.table(gold.delta("silver", "users").load_cdf(starting_version=3).read_all())
    assert changes.num_rows == 0

    # What was built from version 2 is what version 3 would make; and the next batch is followed by its keys, over the packed files.
    assert {name: result.get("unchanged") for name, result in build(gold, 4, users=3).items()} == {"by_country": True, "neighbours": True}
    batch = gold.land("users", 4, USERS, [user("a", 4, country="DEU"), user("b", 1, country="DEU"), user("c", 1)], complete=True)
    gold.run(batch)
    built = build(gold, 5, users=4)
    assert {name: result["built"] for name, result in built.items()} == {"by_country": "keys", "neighbours": "keys"}
    assert sorted(gold.table("gold", "by_country"), key=str) == [
        {"country": "DEU", "users": 2, "oldest": 30},
        {"country": "USA", "users": 1, "oldest": 30},
    ]
    maintain(gold, ["bronze.users", "silver.users"], users=4)
    again = gold.run(batch)
    assert [again[layer]["datasets"]["users"]["alreadyCommitted"] for layer in ("bronze", "silver")] == [True, True]


def test_what_is_packed_is_left_alone_and_a_table_that_fails_stops_no_other(gold: LakeBucket) -> None:  # noqa: F811
    load(gold, 1, [user("a", 1)])
    load(gold, 2, [user("a", 1), user("b", 1)])
    gold._contracts["gold"]["by_country"]["zOrder"] = ["no_such_column"]
    load(gold, 3, [user("a", 1), user("b", 1), user("c", 1, country="DEU")])
    first = maintain(gold, ["silver.users", "gold.by_country"], users=2)
    assert first["gold.by_country"]["status"] == "failed"
    assert files(first, "silver.users") == (3, 1)
    second = maintain(gold, ["silver.users"], users=3)
    assert (second["silver.users"]["version"], second["silver.users"]["sameRowsAs"]) == (3, 3)
    # A batch that the ledger does not know of yet is no maintenance: the pinned version is not that one.
    gold.run(gold.land("users", 4, USERS, [user("a", 1)], complete=True))
    assert "sameRowsAs" not in maintain(gold, ["silver.users"], users=3)["silver.users"]


def test_of_a_partitioned_table_only_the_partitions_with_small_files_are_ordered_anew(lake: LakeBucket, session: SparkSession) -> None:
    address = f"{lake.address}/silver/events"
    lake._contracts["datasets"]["events"] = {"dataset": "events", "zOrder": ["id"]}
    for place, id_ in (("it's", 1), ("it's", 2), (None, 3), (None, 4), ("one file", 5)):
        one = session.createDataFrame([(place, id_)], "place string, id int")
        one.write.format("delta").mode("append").partitionBy("place").save(address)
    alone = {add["path"] for add in pa.table(lake.delta("silver", "events").get_add_actions()).to_pylist() if "one%20file" in add["path"]}
    found = maintain(lake, ["silver.events"])
    assert found["silver.events"].get("error") is None
    assert files(found, "silver.events") == (5, 3)
    kept: list[dict[str, Any]] = pa.table(lake.delta("silver", "events").get_add_actions()).to_pylist()
    assert alone and alone <= {add["path"] for add in kept}
    assert sorted(row["id"] for row in lake.table("silver", "events")) == [1, 2, 3, 4, 5]
