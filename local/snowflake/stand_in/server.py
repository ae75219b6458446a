"""Answers the requests of Snowflake's drivers: token, login, query, status, result, and the loader's bulk writes."""

import json
import re
import tempfile
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs, parse_qsl, urlparse

from .answers import error_answer, failed_answer, login_answer, pending_answer, result_answer, status_answer
from .catalog import Catalog
from .errors import SnowflakeError, no_privileges
from .loading import load
from .queries import Queries, Query
from .request_body import read_body, save_body
from .sessions import Session, Sessions
from .settings import Settings
from .tokens import TokenRefused, Tokens

JSON = "application/json"


class StandIn:
    """What all requests share."""

    def __init__(self, settings: Settings, catalog: Catalog) -> None:
        self.settings = settings
        self.catalog = catalog
        self.tokens = Tokens((settings.reader, settings.loader), settings.token_seconds)
        self.sessions = Sessions(settings, self.tokens)
        self.queries = Queries(catalog, settings)
        self.address = f"https://127.0.0.1:{settings.port}"


class Handler(BaseHTTPRequestHandler):
    """One a connection; `stand_in` is set by a subclass where the server is made."""

    stand_in: StandIn
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = urlparse(self.path).path
        if path == "/healthcheck":
            self._answer(200, {"success": True})
        elif found := re.fullmatch(r"/monitoring/queries/([\w-]+)", path):
            query_id = found[1]
            self._in_session(lambda session: status_answer(self.stand_in.queries.find(query_id, session)))
        elif found := re.fullmatch(r"/queries/([\w-]+)/result", path):
            query_id = found[1]
            self._in_session(lambda session: self._result(self.stand_in.queries.find(query_id, session)))
        elif found := re.fullmatch(r"/results/([\w-]+)/([\w-]+)", path):
            self._piece(found[1], found[2])
        else:
            self._answer(404, {"success": False, "code": "404", "message": f"nothing at {path}"})

    def do_POST(self) -> None:
        url = urlparse(self.path)
        parameters = dict(parse_qsl(url.query))
        if found := re.fullmatch(r"/loader/tables/(\w+)", url.path):
            self._load(found[1], parameters)
            return
        body = read_body(self.rfile, self.headers)
        if url.path == "/oauth/token-request":
            self._token(body)
        elif url.path == "/session/v1/login-request":
            self._login(json.loads(body), parameters)
        elif url.path == "/queries/v1/query-request":
            self._in_session(lambda session: self._query(session, json.loads(body), parameters))
        elif url.path == "/queries/v1/abort-request":
            request = json.loads(body).get("requestId", "")
            self._in_session(lambda session: _aborted(self.stand_in.queries.of_request(session, request)))
        elif found := re.fullmatch(r"/queries/([\w-]+)/abort-request", url.path):
            query_id = found[1]
            self._in_session(lambda session: _aborted(self.stand_in.queries.find(query_id, session)))
        elif url.path == "/session" and "delete" in parameters:
            self._in_session(self._logout)
        elif url.path in ("/session/heartbeat", "/telemetry/send"):
            self._in_session(lambda session: {"data": None, "success": True})
        else:
            self._answer(404, {"success": False, "code": "404", "message": f"nothing at {url.path}"})

    def _token(self, body: bytes) -> None:
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        asked = (form.get(name, "") for name in ("client_id", "client_secret", "grant_type", "scope"))
        try:
            self._answer(200, self.stand_in.tokens.issue(*asked))
        except TokenRefused as refused:
            self._answer(400, {"error": refused.error, "error_description": refused.description})

    def _login(self, body: dict[str, dict[str, object]], parameters: dict[str, str]) -> None:
        try:
            session = self.stand_in.sessions.open(body["data"], parameters)
            self._answer(200, login_answer(session))
        except SnowflakeError as error:
            self._answer(200, error_answer(error))

    def _logout(self, session: Session) -> dict[str, object]:
        self.stand_in.queries.end_session(session)
        self.stand_in.sessions.close(session.token)
        return {"data": None, "success": True}

    def _query(self, session: Session, body: dict[str, object], parameters: dict[str, str]) -> dict[str, object]:
        bindings = body.get("bindings")
        query = self.stand_in.queries.submit(
            session, parameters.get("requestId", ""), str(body["sqlText"]), bindings if isinstance(bindings, dict) else {}
        )
        return pending_answer(query) if body.get("asyncExec") else self._result(query)

    def _result(self, query: Query | None) -> dict[str, object]:
        if query is None:
            return error_answer(SnowflakeError("000709", "02000", "Statement not found"))
        error = query.future.exception()
        if error is None:
            return result_answer(query, self.stand_in.address)
        if isinstance(error, SnowflakeError):
            return failed_answer(query, error)
        raise error

    def _piece(self, query_id: str, name: str) -> None:
        path = self.stand_in.queries.piece(query_id, name)
        if path is None:
            self._answer(404, {"success": False, "code": "404", "message": "no such piece of a result"})
        else:
            self._send(200, path.read_bytes(), {"Content-Type": "binary/octet-stream", "Content-Encoding": "gzip"})

    def _load(self, table: str, parameters: dict[str, str]) -> None:
        with tempfile.TemporaryDirectory(dir=self.stand_in.settings.data) as folder:
            file = Path(folder) / "rows.json"
            save_body(self.rfile, self.headers, file)
            try:
                client = self.stand_in.tokens.check(self.headers.get("Authorization", "").removeprefix("Bearer "))
                if client.role != self.stand_in.settings.loader.role:
                    raise no_privileges(f"table '{table}'")
                key = [name.upper() for name in parameters.get("key", "").split(",") if name]
                known = self.stand_in.catalog.table(table if table in self.stand_in.catalog.tables else table.upper())
                rows = load(self.stand_in.catalog, known, file, key, parameters.get("written", "").upper() or None)
                self._answer(200, {"success": True, "rows": rows})
            except SnowflakeError as error:
                self._answer(200, error_answer(error))

    def _in_session(self, answer: Callable[[Session], dict[str, object]]) -> None:
        told = re.fullmatch(r'Snowflake Token="(.*)"', self.headers.get("Authorization", ""))
        try:
            self._answer(200, answer(self.stand_in.sessions.of(told[1] if told else "")))
        except SnowflakeError as error:
            self._answer(200, error_answer(error))

    def _answer(self, status: int, body: Mapping[str, object]) -> None:
        self._send(status, json.dumps(body).encode(), {"Content-Type": JSON})

    def _send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Path and status alone: a query string may hold what is secret."""
        print(f"{self.command} {urlparse(self.path).path} {args[1] if len(args) > 1 else ''}", flush=True)


def _aborted(query: Query | None) -> dict[str, object]:
    if query is not None:
        query.abort()
    return {"data": None, "success": True}
