"""
`npm run bench:spark [rows …]`: whether what Silver and Gold cost follows the change and not the table, beside the straightforward way and
DuckDB. Everything runs in one session on one machine, one after the other: a line of JSON for each measurement as it comes, a table of
medians in Markdown at the end.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import bench_report
from bench_gold import GOLD, MODELS
from bench_overwritten import overwritten_gold, overwritten_silver
from bench_table import CONTRACT, DATASET, duckdb_load, land, rows_sql
from conftest import emulated_s3, start_as_admin
from lake_bucket import LakeBucket, Row, run_layer
from medallion import gold_models
from pyspark.sql import SparkSession

from local.spark.many_rows import MANY_ROWS

CHANGED = 10_000
ROUNDS = 3
# Seconds by what was done and in which layer.
Measured = dict[tuple[str, str], list[float]]


def main(sizes: list[int]) -> None:
    gold_models._sql_of = MODELS.__getitem__
    with tempfile.TemporaryDirectory() as folder, emulated_s3() as endpoint:
        scratch = Path(folder)
        session = start_as_admin(endpoint, scratch / "spark", MANY_ROWS)
        print(json.dumps(bench_report.machine(session)), flush=True)
        # The first size once more and first: what the virtual machine compiles is not the first size's to pay.
        measured = [size(session, LakeBucket(endpoint, f"bench-{at}"), rows, scratch) for at, rows in enumerate([sizes[0], *sizes])]
        measured[-1] |= by_whole_runs(LakeBucket(endpoint, "bench-whole"), sizes[-1], scratch)
        print(bench_report.markdown(session, CHANGED, dict(zip(sizes, measured[1:], strict=True))))
        session.stop()


def size(session: SparkSession, lake: LakeBucket, rows: int, scratch: Path) -> dict[tuple[str, str], float]:
    """Medians, of a table of so many rows."""
    with_contracts(lake)
    batches = batches_of(rows)
    measured: Measured = {}
    for seq, (what, ids) in enumerate(batches, 1):
        run(lake, measured, what, land(lake, seq, rows_sql(ids, seq, rows), scratch))
    measured["first load", "DuckDB"] = [seconds_of(lambda: duckdb_load(scratch / f"{lake.bucket}-1.parquet", scratch))]
    silver, gold = lambda: overwritten_silver(session, lake, len(batches)), lambda: overwritten_gold(session, lake)
    for layer, work in (("silver", silver), ("gold", gold)):
        measured["overwritten", layer] = [seconds_of(work) for _ in range(ROUNDS)]
    return medians(measured, rows)


def by_whole_runs(lake: LakeBucket, rows: int, scratch: Path) -> dict[tuple[str, str], float]:
    """What the pipeline itself takes for a hundredth of changed rows when it reads the table whole and computes each model anew."""
    with_contracts(lake)
    measured: Measured = {}
    first, changed = f"SELECT range AS id FROM range({rows})", rows - rows // 100
    run(lake, measured, "before", land(lake, 1, rows_sql(first, 1, rows), scratch))
    both = [rows_sql(f"SELECT range AS id FROM range({ids})", seq, rows) for ids, seq in ((changed, 1), (f"{changed}, {rows}", 2))]
    run(lake, measured, "whole run", land(lake, 2, " UNION ALL ".join(both), scratch, complete=True), whole=list(MODELS))
    return medians(measured, rows)


def with_contracts(lake: LakeBucket) -> None:
    lake.contract(CONTRACT)
    for contract in GOLD:
        lake.gold_contract(contract)


def medians(measured: Measured, rows: int) -> dict[tuple[str, str], float]:
    for (what, layer), seconds in measured.items():
        print(json.dumps({"rows": rows, "what": what, "layer": layer, "seconds": [round(each, 2) for each in seconds]}), flush=True)
    return {key: statistics.median(seconds) for key, seconds in measured.items()}


def batches_of(rows: int) -> list[tuple[str, str]]:
    """What each changes, and the query of its ids."""
    newest = f"SELECT range AS id FROM range({rows} - {{}}, {rows})"
    spread = f"SELECT DISTINCT CAST(hash(range, {{}}) % {rows} AS BIGINT) AS id FROM range({{}})"
    new = f"SELECT {rows} + {{}} * {CHANGED // 100} + range AS id FROM range({CHANGED // 100})"
    batches = [("first load", newest.format(rows))]
    batches += [("recent", newest.format(CHANGED)) for _ in range(ROUNDS)]
    batches += [("random", spread.format(seed, CHANGED)) for seed in range(ROUNDS)]
    batches += [("random, a hundredth new", f"{spread.format(50 + seed, CHANGED)} UNION {new.format(seed)}") for seed in range(ROUNDS)]
    batches += [("recent hundredth", newest.format(rows // 100)) for _ in range(ROUNDS)]
    return batches + [("random hundredth", spread.format(100 + seed, rows // 100)) for seed in range(ROUNDS)]


def run(lake: LakeBucket, measured: Measured, what: str, batch: Row, whole: Sequence[str] = ()) -> None:
    """One batch through all layers, each timed. `whole`: the models that are computed anew."""
    plan = lake.plan(batch)
    for layer in ("bronze", "silver"):
        timed(lake, measured, what, layer, plan)
    inputs = {DATASET: {"version": lake.delta("silver", DATASET).version()}}
    timed(lake, measured, what, "gold", lake.plan(gold={"n": batch["seq"], "inputs": inputs, "whole": list(whole)}))


def timed(lake: LakeBucket, measured: Measured, what: str, layer: str, plan: str) -> None:
    measured.setdefault((what, layer), []).append(seconds_of(lambda: run_layer(layer, plan)))
    results = lake.results(plan, layer)["datasets"]
    failed = {name: each["cause"] for name, each in results.items() if each["status"] != "ok"}
    if failed:
        raise RuntimeError(f"expected {layer} to take the batch; found {failed}")


def seconds_of(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or [100_000, 3_000_000])
