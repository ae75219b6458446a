"""Decides how a statement runs: who may, in which thread, and where its result is found afterwards."""

import re
import threading
import uuid
from collections import OrderedDict
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
from botocore.exceptions import BotoCoreError
from sqlglot import exp

from .catalog import Catalog
from .errors import SnowflakeError, canceled, no_privileges, of_duckdb, unsupported
from .results import Result, run_select, said
from .sessions import Session
from .settings import Settings
from .translate import Context, check_place, parse, to_duckdb
from .unload import carry_out, summary, unload_of
from .warehouse import Warehouse, alters_warehouse, no_warehouse

# Results are kept for getResultsFromQueryId; older ones go, as Snowflake's do after a day.
KEPT_QUERIES = 50

CANCEL = re.compile(r"^\s*SELECT\s+SYSTEM\$CANCEL_QUERY\('([\w-]+)'\)\s*$", re.IGNORECASE)

Bindings = dict[str, dict[str, object]]


@dataclass
class Query:
    id: str
    text: str
    session: Session
    folder: Path
    future: "Future[Result]" = field(default_factory=Future)
    connection: duckdb.DuckDBPyConnection | None = None
    aborted: bool = False
    waits: bool = False
    """For the warehouse to start."""

    @property
    def status(self) -> str:
        if not self.future.done():
            return "RESUMING_WAREHOUSE" if self.waits else "RUNNING"
        return "SUCCESS" if self.future.exception() is None else "FAILED_WITH_ERROR"

    def abort(self) -> None:
        self.aborted = True
        if self.connection is not None:
            self.connection.interrupt()


class Queries:
    def __init__(self, catalog: Catalog, settings: Settings) -> None:
        self._catalog = catalog
        self._settings = settings
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="query")
        self._by_id: OrderedDict[str, Query] = OrderedDict()
        self._by_request: dict[tuple[str, str], Query] = {}
        self._lock = threading.Lock()
        self._warehouse = Warehouse(settings.warehouse)

    def submit(self, session: Session, request_id: str, text: str, bindings: Bindings) -> Query:
        """A request that comes twice is the same query: a client that lost the answer does not run it again."""
        with self._lock:
            if known := self._by_request.get((session.user, request_id)):
                return known
            query_id = str(uuid.uuid4())
            query = Query(query_id, text, session, self._settings.data / "results" / query_id)
            self._by_id[query_id] = query
            self._by_request[(session.user, request_id)] = query
            self._forget_oldest()
        query.future = self._threads.submit(self._run, query, bindings)
        return query

    def find(self, query_id: str, session: Session) -> Query | None:
        with self._lock:
            query = self._by_id.get(query_id)
        return query if query is not None and query.session.user == session.user else None

    def of_request(self, session: Session, request_id: str) -> Query | None:
        with self._lock:
            return self._by_request.get((session.user, request_id))

    def end_session(self, session: Session) -> None:
        """What a session has submitted, and nobody waits for, ends with it."""
        with self._lock:
            open_ = [query for query in self._by_id.values() if query.session is session and not query.future.done()]
        for query in open_:
            query.abort()

    def piece(self, query_id: str, name: str) -> Path | None:
        with self._lock:
            query = self._by_id.get(query_id)
        if query is None or not query.future.done() or query.future.exception() is not None:
            return None
        path = query.folder / name
        return path if any(piece.name == name for piece in query.future.result().pieces) and path.exists() else None

    def _forget_oldest(self) -> None:
        while len(self._by_id) > KEPT_QUERIES:
            _, oldest = self._by_id.popitem(last=False)
            self._by_request = {request: query for request, query in self._by_request.items() if query is not oldest}
            for path in oldest.folder.glob("*"):
                path.unlink()

    def _run(self, query: Query, bindings: Bindings) -> Result:
        query.connection = self._catalog.cursor()
        try:
            return self._execute(query, [_bound(bindings[position]) for position in sorted(bindings, key=int)])
        except duckdb.Error as error:
            raise of_duckdb(error) from error
        except BotoCoreError as error:
            raise SnowflakeError("300002", "XX000", f"Processing aborted by error 300002: {error}") from error
        finally:
            query.connection.close()
            query.connection = None

    def _execute(self, query: Query, bindings: list[object]) -> Result:
        connection, session = query.connection, query.session
        assert connection is not None
        if told := CANCEL.match(query.text):
            return self._cancel(told[1], session)
        statement = parse(query.text)
        context = self._context(session, connection)
        match statement:
            case exp.Query():
                self._use_warehouse(query)
                return run_select(connection, to_duckdb(statement, context), bindings, query.folder)
            case exp.Copy() if isinstance(statement.this.this, exp.Literal):
                self._use_warehouse(query)
                unload = unload_of(statement, self._settings)
                files = carry_out(unload, to_duckdb(unload.query, context), connection, self._settings, session, query.id)
                return run_select(connection, summary(unload, files), [], query.folder)
            case exp.Describe():
                check_place(statement.this, context)
                return run_select(connection, _description(self._catalog, statement.this.name), [], query.folder)
            case exp.Command() if alters_warehouse(statement):
                if session.role != self._settings.loader.role:
                    raise no_privileges(f"warehouse '{self._settings.warehouse}'")
                self._warehouse.alter(query.text)
                return said("Statement executed successfully.")
            case exp.Use():
                return _use(statement, session, self._settings)
            case exp.Alter() if statement.args["kind"] == "SESSION":
                return _alter_session(statement, session)
            case exp.DML() | exp.Create() | exp.Drop() | exp.Alter() | exp.TruncateTable() | exp.Copy() | exp.Merge():
                raise no_privileges(f"schema '{self._settings.schema}': role {session.role} may read, and no more")
        raise unsupported(query.text.split()[0].upper() if query.text.strip() else "an empty statement")

    def _cancel(self, query_id: str, session: Session) -> Result:
        if found := self.find(query_id, session):
            found.abort()
        return said(f"query [{query_id}] terminated.")

    def _context(self, session: Session, connection: duckdb.DuckDBPyConnection) -> Context:
        def moment_of(sql: str) -> int:
            return int(connection.execute(sql).fetchall()[0][0])

        return Context(self._catalog, session, self._settings.database, self._settings.schema, moment_of)

    def _use_warehouse(self, query: Query) -> None:
        if query.session.warehouse is None:
            raise no_warehouse()
        query.waits = not self._warehouse.is_started
        self._warehouse.use()
        query.waits = False
        if query.aborted:
            raise canceled()


def _bound(binding: dict[str, object]) -> object:
    value = binding["value"]
    if value is None:
        return None
    match binding["type"]:
        case "FIXED":
            return int(str(value))
        case "REAL":
            return float(str(value))
        case "BOOLEAN":
            return str(value).lower() in ("true", "1")
    return str(value)


def _description(catalog: Catalog, name: str) -> str:
    rows = ", ".join(f"('{c.name}', '{c.type}', 'COLUMN', '{'Y' if c.nullable else 'N'}')" for c in catalog.table(name).columns)
    return f'SELECT * FROM (VALUES {rows}) AS described("name", "type", "kind", "null?")'


def _use(statement: exp.Use, session: Session, settings: Settings) -> Result:
    name = statement.this.name.upper()
    kind = statement.args["kind"].name.upper() if statement.args.get("kind") else "DATABASE"
    there = {"ROLE": session.role, "WAREHOUSE": settings.warehouse, "DATABASE": settings.database, "SCHEMA": settings.schema}
    if there.get(kind) != name:
        raise SnowflakeError(
            "002043", "02000", f"SQL compilation error:\nObject does not exist, or operation cannot be performed: {kind} {name}."
        )
    if kind != "ROLE":
        setattr(session, kind.lower(), name)
    return said("Statement executed successfully.")


def _alter_session(statement: exp.Alter, session: Session) -> Result:
    for item in statement.find_all(exp.EQ):
        name, value = item.this.name.upper(), item.expression.name
        if name == "TIMEZONE" and value.upper() not in ("UTC", "ETC/UTC"):
            raise unsupported("a session's time zone other than UTC")
        session.parameters[name] = value
    return said("Statement executed successfully.")
