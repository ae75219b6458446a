"""Decides the JSON of each answer, as far as drivers read it."""

import json

from .errors import SnowflakeError
from .queries import Query
from .sessions import MASTER_SECONDS, SESSION_SECONDS, Session

Answer = dict[str, object]


def login_answer(session: Session) -> Answer:
    data = {
        "token": session.token,
        "masterToken": session.master_token,
        "validityInSeconds": SESSION_SECONDS,
        "masterValidityInSeconds": MASTER_SECONDS,
        "displayUserName": session.user,
        "serverVersion": "9.0.0",
        "sessionId": session.number,
        "parameters": _parameters(session),
        "sessionInfo": {
            "databaseName": session.database,
            "schemaName": session.schema,
            "warehouseName": session.warehouse,
            "roleName": session.role,
        },
    }
    return {"data": data, "code": None, "message": None, "success": True}


def result_answer(query: Query, address: str) -> Answer:
    result = query.future.result()
    session = query.session
    pieces = [
        {"url": f"{address}/results/{query.id}/{piece.name}", "rowCount": piece.rows, "uncompressedSize": piece.bytes}
        for piece in result.pieces
    ]
    data = {
        "parameters": _parameters(session),
        "rowtype": result.row_types,
        "rowset": json.loads(result.first),
        "total": result.total,
        "returned": result.total,
        "queryId": query.id,
        "queryResultFormat": "json",
        "version": 1,
        "numberOfBinds": 0,
        "statementTypeId": 0x1000,
        "finalDatabaseName": session.database,
        "finalSchemaName": session.schema,
        "finalWarehouseName": session.warehouse,
        "finalRoleName": session.role,
    }
    if pieces:
        data["chunks"] = pieces
    return {"data": data, "code": None, "message": None, "success": True}


def pending_answer(query: Query) -> Answer:
    data = {"queryId": query.id, "getResultUrl": f"/queries/{query.id}/result", "queryAbortsAfterSecs": 300, "progressDesc": None}
    message = "Query execution in progress. Use provided query ID to perform query monitoring and management."
    return {"data": data, "code": "333334", "message": message, "success": True}


def status_answer(query: Query | None) -> Answer:
    if query is None:
        return {"data": {"queries": []}, "code": None, "message": None, "success": True}
    told: Answer = {"id": query.id, "status": query.status, "errorCode": None, "errorMessage": None}
    error = query.future.exception() if query.future.done() else None
    if isinstance(error, SnowflakeError):
        told |= {"errorCode": error.code, "errorMessage": error.message}
    return {"data": {"queries": [told]}, "code": None, "message": None, "success": True}


def failed_answer(query: Query, error: SnowflakeError) -> Answer:
    answer = error_answer(error)
    answer["data"] = {"errorCode": error.code, "sqlState": error.sql_state, "queryId": query.id, "internalError": False}
    return answer


def error_answer(error: SnowflakeError) -> Answer:
    data = {"errorCode": error.code, "sqlState": error.sql_state}
    return {"data": data, "code": error.code, "message": error.message, "success": False}


def _parameters(session: Session) -> list[Answer]:
    return [{"name": name, "value": value} for name, value in session.parameters.items()]
