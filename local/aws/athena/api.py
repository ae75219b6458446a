"""Leads a query from its start to its result in S3: where the workgroup wants it, or FAILED with the reason."""

import asyncio
import csv
import io
import logging
import time
from typing import Any
from urllib.parse import urlsplit

from ministack.core.responses import error_response_json
from ministack.services import athena, s3

from local.aws.athena.engine import Answer, run
from local.aws.athena.values import Type

log = logging.getLogger("athena")

_start_query_execution = athena._start_query_execution
_type_precision_scale = athena._type_precision_scale


def install() -> None:
    athena._start_query_execution = start_query_execution
    athena._execute_query = execute_query
    athena._type_precision_scale = precision_and_scale
    athena._parse_ddl = lambda query: None


def start_query_execution(data: dict[str, Any]) -> Any:
    """Upstream ignores parameters and a workgroup that enforces its own location, and takes the location for a prefix without a slash."""
    try:
        query = _with_parameters(data["QueryString"], data.get("ExecutionParameters", []))
    except ValueError as error:
        return error_response_json("InvalidRequestException", str(error), 400)
    workgroup = athena._workgroups.get(data.get("WorkGroup", "primary"))
    if workgroup is None:
        return error_response_json("InvalidRequestException", f"WorkGroup {data['WorkGroup']} is not found.", 400)
    configuration = workgroup.get("Configuration", {})
    own = configuration.get("ResultConfiguration", {}).get("OutputLocation")
    location = data.get("ResultConfiguration", {}).get("OutputLocation") or own
    if configuration.get("EnforceWorkGroupConfiguration", True) and own:
        location = own
    place = {"ResultConfiguration": {"OutputLocation": location.rstrip("/") + "/"}} if location else {}
    return _start_query_execution({**data, "QueryString": query, **place})


def _with_parameters(query: str, parameters: list[str]) -> str:
    marks = [(start, end) for kind, text, start, end in athena._sql_tokens(query) if (kind, text) == ("punct", "?")]
    if len(marks) != len(parameters):
        raise ValueError(f"Incorrect number of parameters: expected {len(marks)} but found {len(parameters)}")
    for (start, end), value in reversed(list(zip(marks, parameters, strict=True))):
        query = query[:start] + value + query[end:]
    return query


async def execute_query(query_id: str, query: str, database: str, statement: object, catalog: str | None = None) -> None:
    execution = athena._executions[query_id]
    execution["Status"]["State"] = "RUNNING"
    began = time.monotonic()
    try:
        answer = await asyncio.to_thread(run, query.strip().rstrip(";"), database or "default")
        execution["_results"] = {"columns": answer.columns, "rows": answer.rows}
        execution["_column_types"] = answer.types
        _save(answer, execution["ResultConfiguration"]["OutputLocation"])
    except Exception as error:
        log.info("query %s failed: %s", query_id, error)
        _end(execution, "FAILED", str(error)[:2000])
        return
    took = int((time.monotonic() - began) * 1000)
    execution["Statistics"].update(EngineExecutionTimeInMillis=took, TotalExecutionTimeInMillis=took, DataScannedInBytes=answer.scanned)
    _end(execution, "SUCCEEDED", "")


def _end(execution: dict[str, Any], state: str, reason: str) -> None:
    if execution["Status"]["State"] != "CANCELLED":
        execution["Status"].update(State=state, StateChangeReason=reason, CompletionDateTime=int(time.time()))


def _save(answer: Answer, location: str) -> None:
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(answer.columns)
    writer.writerows(answer.rows)
    body = text.getvalue().encode()
    place = urlsplit(location)
    headers = {"content-type": "text/csv", "content-length": str(len(body))}
    status, _, problem = s3._put_object(place.netloc, place.path.lstrip("/"), body, headers)
    if status >= 300:
        raise RuntimeError(f"Unable to write the result to {location}: {problem.decode()}")


def precision_and_scale(name: str) -> Any:
    return name.size if isinstance(name, Type) and name.size else _type_precision_scale(name)
