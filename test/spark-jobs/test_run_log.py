"""What runs leave behind is gathered once, and the KPIs over it are what plain Python counts."""

import json
from collections import defaultdict
from datetime import datetime
from typing import Any

from lake_bucket import LakeBucket, Row
from test_gold_equals_whole import contracts  # noqa: F401

QUALITY = {"completeness": 90.0, "accuracy": 80.0, "consistency": 100.0, "timeliness": None, "uniqueness": 100.0}


def line(run: str, began: str, ended: str, dataset: str, status: str, **other: Any) -> Row:
    about = {"run": run, "dataset": dataset, "source": "postgres", "mode": "incremental", "status": status, "error": None}
    loaded = {"batch": 1, "planned_at": f"{began[:-1]}.500Z", "spark_seconds": 4.5, "read": 10, "quarantined": 2, **QUALITY}
    nothing: Row = dict.fromkeys(loaded)
    numbers = loaded if status == "loaded" else nothing
    return {**about, "started_at": began, "ended_at": ended, "freshness_hours": 2, **numbers, **other}


FIRST = [
    line("run-1", "2026-05-01T10:00:00Z", "2026-05-01T10:10:00.000Z", "users", "loaded"),
    line("run-1", "2026-05-01T10:00:00Z", "2026-05-01T10:10:00.000Z", "orders", "failed", error="RuleFailed"),
]
# Begun on the day before the newest and ended after it: a record that comes late.
LATE = [line("run-0", "2026-05-01T23:00:00Z", "2026-05-02T02:30:00.000Z", "users", "loaded", read=30, quarantined=0, spark_seconds=1.5)]
NEXT = [
    line("run-2", "2026-05-02T01:00:00Z", "2026-05-02T01:05:00.000Z", "users", "unchanged"),
    line("run-2", "2026-05-02T01:00:00Z", "2026-05-02T01:05:00.000Z", "orders", "stopped", batch=7),
]


def test_each_run_is_gathered_once_also_one_that_ends_late_and_the_kpis_follow(lake: LakeBucket, contracts: Any) -> None:  # noqa: F811
    for name in ("run_log", "pipeline_kpis"):
        lake.gold_contract(contracts["gold"][name])
    assert build(lake, 1) == {"run_log": 0, "pipeline_kpis": 0}
    leave(lake, FIRST)
    assert build(lake, 2) == {"run_log": 2, "pipeline_kpis": 2}
    leave(lake, NEXT)
    assert build(lake, 3) == {"run_log": 2, "pipeline_kpis": 4}
    leave(lake, LATE)
    assert build(lake, 4) == {"run_log": 1, "pipeline_kpis": 4}
    version = lake.delta("gold", "run_log").version()
    assert build(lake, 5) == {"run_log": 0, "pipeline_kpis": 4}
    assert lake.delta("gold", "run_log").version() == version
    log = sorted((row["run"], row["dataset"], row["status"], row["error"], row["batch"]) for row in lake.table("gold", "run_log"))
    assert log == sorted((each["run"], each["dataset"], each["status"], each["error"], each["batch"]) for each in FIRST + NEXT + LATE)
    found = {(f"{row['date']}", row["dataset"]): row for row in lake.table("gold", "pipeline_kpis")}
    assert found == {key: {"date": found[key]["date"], "dataset": key[1], **kpis} for key, kpis in counted(FIRST + NEXT + LATE).items()}


def test_a_column_that_the_contract_gains_comes_with_the_next_runs(lake: LakeBucket, contracts: Any) -> None:  # noqa: F811
    for name in ("run_log", "pipeline_kpis"):
        lake.gold_contract(contracts["gold"][name])
    leave(lake, FIRST)
    build(lake, 1)
    log = contracts["gold"]["run_log"]
    lake.gold_contract({**log, "columns": [*log["columns"], {**log["columns"][-1], "name": "started_by", "type": "string"}]})
    leave(lake, [{**each, "started_by": "schedule"} for each in NEXT])
    build(lake, 2)
    found = sorted((row["run"], row["dataset"], row["started_by"] or "") for row in lake.table("gold", "run_log"))
    assert found == [("run-1", "orders", ""), ("run-1", "users", ""), ("run-2", "orders", "schedule"), ("run-2", "users", "schedule")]


def leave(lake: LakeBucket, lines: list[Row]) -> None:
    lake.put(f"run-log/{lines[0]['started_at'][:10]}/{lines[0]['run']}.json", json.dumps(lines).encode())


def build(lake: LakeBucket, n: int) -> dict[str, int]:
    results = lake.run(layers=("gold",), gold={"n": n, "inputs": {}, "whole": []})["gold"]["datasets"]
    assert {name: result.get("cause") for name, result in results.items()} == {"run_log": None, "pipeline_kpis": None}
    return {name: result["rows"] for name, result in results.items()}


def counted(lines: list[Row]) -> dict[tuple[str, str], Row]:
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for each in lines:
        groups[each["started_at"][:10], each["dataset"]].append(each)
    return {key: kpis_of(group) for key, group in groups.items()}


def kpis_of(group: list[Row]) -> Row:
    loaded = [each for each in group if each["status"] == "loaded"]
    failed = [each for each in group if each["status"] in ("failed", "stopped")]
    minutes = [(time(each["ended_at"]) - time(each["planned_at"])).total_seconds() / 60 for each in loaded]
    read, aside = sum(each["read"] for each in loaded), sum(each["quarantined"] for each in loaded)
    seconds = sum(each["spark_seconds"] for each in loaded)
    return {
        "runs": len(group),
        "loaded_runs": len(loaded),
        "failed_runs": len(failed),
        "left_out_runs": 0,
        "success_share": share(len(loaded), len(loaded) + len(failed)),
        "average_minutes_to_gold": round(sum(minutes) / len(minutes), 2) if minutes else None,
        "longest_minutes_to_gold": round(max(minutes), 2) if minutes else None,
        "on_time_share": share(sum(each <= 120 for each in minutes), len(minutes)),
        "rows_read": read,
        "rows_quarantined": aside,
        "accepted_share": share(read - aside, read),
        **(QUALITY if loaded else dict.fromkeys(QUALITY)),
        "spark_seconds": seconds,
        "rows_per_spark_second": round(read / seconds, 1) if seconds else None,
    }


def share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
