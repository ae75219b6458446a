"""
`npm run bench:spark [rows …]`: what Silver and Gold cost follows the change and not the table, beside the straightforward way and DuckDB.
Everything runs in one session on one machine, one after the other; a line of JSON for each measurement, medians at the end.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
from bench_session import start
from bench_table import COLUMNS, CONTRACT, DATASET, land
from conftest import JARS, emulated_s3
from lake_bucket import LakeBucket, run_layer
from medallion import gold_models
from pyspark.sql import SparkSession

CHANGED = 10_000
ROUNDS = 3
MODELS = {
    "order_facts": "SELECT order_id, customer_id, order_date, currency, amount, status FROM silver.orders",
    "sales_by_day": "SELECT order_date, currency, count(*) AS orders, CAST(sum(amount) AS decimal(28,2)) AS revenue"
    " FROM gold.order_facts GROUP BY order_date, currency",
}
GOLD: list[dict[str, Any]] = [
    {
        "table": "order_facts",
        "grain": ["order_id"],
        "columns": {
            "order_id": "string",
            "customer_id": "string",
            "order_date": "date",
            "currency": "string",
            "amount": "decimal(12,2)",
            "status": "string",
        },
        "key": ["order_id"],
        "input": "silver.orders",
    },
    {
        "table": "sales_by_day",
        "grain": ["order_date", "currency"],
        "columns": {"order_date": "date", "currency": "string", "orders": "bigint", "revenue": "decimal(28,2)"},
        "key": ["order_date", "currency"],
        "input": "gold.order_facts",
    },
]


def main(sizes: list[int]) -> None:
    gold_models._sql_of = MODELS.__getitem__
    with tempfile.TemporaryDirectory() as folder, emulated_s3() as endpoint:
        scratch = Path(folder)
        session = start(endpoint, JARS, scratch / "spark")
        for name in ("aws.accessKeyId", "aws.secretKey"):
            session._jvm.java.lang.System.setProperty(name, "test")
        session.sparkContext.setLogLevel("ERROR")
        measured: dict[str, list[float]] = {}
        # The first size once more and first: what the virtual machine compiles is not the first size's to pay.
        for at, rows in enumerate([sizes[0], *sizes]):
            results = size(session, LakeBucket(endpoint, f"bench-{at}"), rows, scratch)
            if at > 0:
                measured.update({f"{rows} {what}": seconds for what, seconds in results.items()})
        session.stop()
    print(json.dumps({what: statistics.median(seconds) for what, seconds in measured.items()}, indent=2))


def size(session: SparkSession, lake: LakeBucket, rows: int, scratch: Path) -> dict[str, list[float]]:
    lake.contract(CONTRACT)
    for each in GOLD:
        columns = [{"name": name, "type": type_, "required": True, "class": "internal"} for name, type_ in each["columns"].items()]
        incremental = {"key": each["key"], "inputs": {each["input"]: "same"}}
        lake.gold_contract({**each, "columns": columns, "partitioning": [], "incremental": incremental, "version": "1.0.0"})
    measured: dict[str, list[float]] = {}
    seq = 1
    run(lake, measured, f"load of {rows}", seq, f"SELECT range AS id FROM range({rows})", scratch)
    measured["load, DuckDB"] = [seconds_of(lambda: duckdb_load(scratch / f"{lake.bucket}-1.parquet", scratch))]
    recent = f"SELECT range AS id FROM range({rows - CHANGED}, {rows})"
    spread = f"SELECT DISTINCT CAST(hash(range, {{}}) % {rows} AS BIGINT) AS id FROM range({CHANGED})"
    for kind, ids in (("recent", recent), ("random", spread)):
        for _ in range(ROUNDS):
            seq += 1
            run(lake, measured, f"{kind} {CHANGED}", seq, ids.format(seq), scratch)
    seq += 1
    run(lake, measured, "one in a hundred", seq, f"SELECT range AS id FROM range({rows}) WHERE hash(range, {seq}) % 100 = 0", scratch)
    measured["one in a hundred, whole table overwritten"] = [seconds_of(lambda: overwritten(session, lake, seq))]
    for what, seconds in measured.items():
        print(json.dumps({"rows": rows, "what": what, "seconds": [round(each, 2) for each in seconds]}), flush=True)
    return measured


def run(lake: LakeBucket, measured: dict[str, list[float]], what: str, seq: int, ids: str, scratch: Path) -> None:
    """One batch through all layers, each timed."""
    plan = lake.plan(land(lake, seq, ids, scratch))
    for layer in ("bronze", "silver"):
        timed(lake, measured, what, layer, plan)
    inputs = {DATASET: {"version": lake.delta("silver", DATASET).version()}}
    timed(lake, measured, what, "gold", lake.plan(gold={"n": seq, "inputs": inputs, "whole": []}))


def timed(lake: LakeBucket, measured: dict[str, list[float]], what: str, layer: str, plan: str) -> None:
    measured.setdefault(f"{what}, {layer}", []).append(seconds_of(lambda: run_layer(layer, plan)))
    results = lake.results(plan, layer)["datasets"]
    failed = {name: each["cause"] for name, each in results.items() if each["status"] != "ok"}
    if failed:
        raise RuntimeError(f"expected {layer} to take the batch; found {failed}")


def overwritten(session: SparkSession, lake: LakeBucket, seq: int) -> None:
    """The straightforward way: the whole table read, the batch laid over it, the newest of each key kept, all written again."""
    own = session.newSession()
    own.conf.set("spark.sql.session.timeZone", "UTC")
    silver = own.read.format("delta").load(f"{lake.address}/silver/{DATASET}")
    names = ", ".join(COLUMNS)
    silver.select(*COLUMNS).createOrReplaceTempView("whole")
    landed = own.read.parquet(f"{lake.address}/landing/{DATASET}/batch={seq:010d}/rows-0001.parquet")
    landed.selectExpr(*[f"CAST({name} AS {type_}) AS {name}" for name, (type_, _) in COLUMNS.items()]).createOrReplaceTempView("batch")
    newest = own.sql(
        f"SELECT {names} FROM (SELECT *, row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) AS place"
        f" FROM (SELECT * FROM whole UNION ALL SELECT {names} FROM batch)) WHERE place = 1"
    )
    newest.write.format("delta").mode("overwrite").save(f"{lake.address}/overwritten/{DATASET}")


def duckdb_load(landed: Path, scratch: Path) -> None:
    """The same types, rules and dedupe over the same Parquet file, into one Parquet file on disk."""
    typed = ", ".join(f"TRY_CAST({name} AS {DUCKDB.get(type_, type_)}) AS {name}" for name, (type_, _) in COLUMNS.items())
    good = "amount >= 0 AND currency IN ('EUR', 'USD') AND regexp_matches(email, '^[^@\\s]+@[^@\\s]+$')"
    newest = "QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) = 1"
    connection = duckdb.connect()
    connection.execute(
        f"COPY (FROM (SELECT {typed} FROM '{landed}') WHERE {good} {newest}) TO '{scratch / 'duckdb.parquet'}' (COMPRESSION zstd)"
    )


DUCKDB = {"string": "VARCHAR", "timestamp": "TIMESTAMPTZ", "int": "INTEGER"}


def seconds_of(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    print(json.dumps({"cores": os.cpu_count(), "python": sys.version.split()[0]}), flush=True)
    main([int(each) for each in sys.argv[1:]] or [100_000, 3_000_000])
