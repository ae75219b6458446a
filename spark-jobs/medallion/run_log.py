"""
`gold.run_log`: a row for each dataset of each run that has ended, from the records that runs leave in `run-log/`. What a build
of Gold finds there is what ended before it; its own run comes with the next build.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from medallion.delta_table import commit_as, committed_batch, version_of
from medallion.gold_build import GoldBuild
from medallion.gold_table import replace_all
from medallion.lake_objects import names_in, read_json
from medallion.run_plan import RunPlan

RUN_LOG = "run_log"
# A record lies under the day on which its run began, and comes when it has ended: within the limit of the machine, six hours.
LATEST = timedelta(days=1)


def gather_runs(session: SparkSession, plan: RunPlan, build: GoldBuild, contract: dict[str, Any]) -> dict[str, Any]:
    table = plan.table("gold", RUN_LOG)
    app_id = build.app_id(RUN_LOG)
    done = committed_batch(session, table, app_id, build.n)
    if done:
        return {"version": done.version, "rows": done.metadata["rows"], "alreadyCommitted": True}
    exists = version_of(session, table) >= 0
    since, known = _known(session, table) if exists else (None, set())
    rows = [_row(line, contract) for address in _records(session, plan, since, known) for line in read_json(session, address)]
    if exists and not rows:
        return {"version": version_of(session, table), "rows": 0, "unchanged": True}
    frame = session.createDataFrame(rows, ", ".join("`{name}` {type}".format(**each) for each in contract["columns"]))
    with commit_as(session, app_id, build.n, {"run": plan.run, "rows": len(rows)}):
        if exists:
            # The contract may have gained a column.
            frame.write.format("delta").mode("append").option("mergeSchema", "true").save(table)
        else:
            replace_all(table, frame, contract)
    return {"version": version_of(session, table), "rows": len(rows), "alreadyCommitted": False}


def _known(session: SparkSession, table: str) -> tuple[date | None, set[str]]:
    """The day from which on records may be new, and the runs from then on that are there already."""
    log = session.read.format("delta").load(table)
    newest = log.agg(F.max("date")).collect()[0][0]
    if newest is None:
        return None, set()
    since = newest - LATEST
    return since, {row["run"] for row in log.where(F.col("date") >= since).select("run").distinct().collect()}


def _records(session: SparkSession, plan: RunPlan, since: date | None, known: set[str]) -> list[str]:
    folder = f"{plan.lake}/run-log"
    days = [day for day in names_in(session, folder) if since is None or day >= since.isoformat()]
    return [f"{folder}/{day}/{name}" for day in days for name in names_in(session, f"{folder}/{day}") if name[: -len(".json")] not in known]


def _row(line: dict[str, Any], contract: dict[str, Any]) -> tuple[Any, ...]:
    day = {"date": line["started_at"][:10]}
    return tuple(_typed({**line, **day}.get(each["name"]), each["type"]) for each in contract["columns"])


def _typed(value: Any, type_: str) -> Any:
    if value is None:
        return None
    if type_ == "date":
        return datetime.strptime(value, "%Y-%m-%d").date()
    if type_ == "timestamp":
        # With and without milliseconds: of Step Functions' clock and of the functions'.
        form = "%Y-%m-%dT%H:%M:%S.%fZ" if "." in value else "%Y-%m-%dT%H:%M:%SZ"
        return datetime.strptime(value, form).replace(tzinfo=timezone.utc)
    return float(value) if type_ == "double" else value
