"""Decides how Snowflake's tables lie in DuckDB: every version of a row is kept, so that a past time can be asked for."""

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import sqlglot
from sqlglot import exp

from .errors import SnowflakeError, does_not_exist

# Rows as they are now are a view over their versions: a version holds from `_from` until `_to`, in microseconds.
VERSIONS = "versions"
CURRENT = "current"

# Times in nanoseconds, of all years, which no type of DuckDB has: what the wall showed, an instant, and what TIMESTAMP_TZ keeps, an instant
# with the minutes that its offset is ahead. TIME counts from midnight.
WALL = "STRUCT(wall HUGEINT)"
INSTANT = "STRUCT(instant HUGEINT)"
WITH_OFFSET = "STRUCT(instant HUGEINT, ahead SMALLINT)"
TIME = "STRUCT(midnight BIGINT)"
# Geography and geometry as the text that they were written in.
PLACE = "STRUCT(ewkt VARCHAR)"


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    """Snowflake's name of it, as INFORMATION_SCHEMA says it."""
    stored: str
    """DuckDB's type."""
    precision: int | None
    scale: int | None
    nullable: bool


@dataclass(frozen=True)
class Table:
    name: str
    columns: tuple[Column, ...]
    tracked: bool
    """CHANGE_TRACKING, without which nobody is told what has changed."""


class Catalog:
    def __init__(self, file: Path, definitions: str, macros: str) -> None:
        self._macros = macros
        self.tables = {table.name: table for table in tables_of(definitions)}
        self.offset_columns = {c.name for table in self.tables.values() for c in table.columns if c.type == "TIMESTAMP_TZ"}
        # Held while changes become visible: whoever asks for a past time waits for those that belong to it.
        self.commits = threading.Lock()
        self._database = duckdb.connect(str(file), config={"memory_limit": "1GB", "threads": 2})
        self._database.execute("SET GLOBAL TimeZone = 'UTC'")
        for schema in (VERSIONS, CURRENT):
            self._database.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        self._database.execute("CREATE TABLE IF NOT EXISTS versions.beginnings (name VARCHAR PRIMARY KEY, created BIGINT)")
        for table in self.tables.values():
            self._create(table)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        cursor = self._database.cursor()
        cursor.execute(self._macros)
        return cursor

    def table(self, name: str) -> Table:
        if name not in self.tables:
            raise does_not_exist("Table", name)
        return self.tables[name]

    def beginning(self, table: Table) -> int:
        found = self.cursor().execute("SELECT created FROM versions.beginnings WHERE name = ?", [table.name]).fetchone()
        if found is None:
            raise does_not_exist("Table", table.name)
        return int(found[0])

    def close(self) -> None:
        self._database.close()

    def _create(self, table: Table) -> None:
        stored = ", ".join(f'"{c.name}" {c.stored}' for c in table.columns)
        names = ", ".join(f'"{c.name}"' for c in table.columns)
        self._database.execute(f'CREATE TABLE IF NOT EXISTS {VERSIONS}."{table.name}" ({stored}, _from BIGINT, _to BIGINT)')
        found = self._database.execute(f'SELECT * FROM {VERSIONS}."{table.name}" LIMIT 0').description or []
        expected = self._database.execute("SELECT " + ", ".join(f'NULL::{c.stored} AS "{c.name}"' for c in table.columns)).description or []
        if [column[:2] for column in found[:-2]] != [column[:2] for column in expected]:
            raise ValueError(f"expected {table.name} as {stored}; found another table in the data; npx etl down && rm -r .etl/local")
        self._database.execute(
            f'CREATE OR REPLACE VIEW {CURRENT}."{table.name}" AS SELECT {names} FROM {VERSIONS}."{table.name}" WHERE _to IS NULL'
        )
        self._database.execute("INSERT OR IGNORE INTO versions.beginnings VALUES (?, ?)", [table.name, microseconds_now()])


def microseconds_now() -> int:
    return time.time_ns() // 1_000


def at_time(table: Table, moment: int, beginning: int) -> str:
    """The table as it was, as a query in DuckDB's SQL."""
    if moment < beginning:
        message = (
            f"Time travel data is not available for table {table.name}. "
            "The requested time is either beyond the allowed time travel period or before the object creation time."
        )
        raise SnowflakeError("000707", "02000", message)
    names = ", ".join(f'"{c.name}"' for c in table.columns)
    return f'SELECT {names} FROM {VERSIONS}."{table.name}" WHERE _from <= {moment} AND (_to IS NULL OR _to > {moment})'


def changed_between(table: Table, after: int, until: int, beginning: int) -> str:
    """Net, as INFORMATION => DEFAULT tells it: the rows that were there at `after` and are gone, and those that came and stayed."""
    if not table.tracked or after < beginning:
        message = f"Change tracking is not enabled or has been missing for the time range requested on table '{table.name}'."
        raise SnowflakeError("000707", "02000", message)
    names = ", ".join(f'"{c.name}"' for c in table.columns)
    came = f"_from > {after} AND _from <= {until} AND (_to IS NULL OR _to > {until})"
    went = f"_from <= {after} AND _to > {after} AND _to <= {until}"
    rows = [
        f'SELECT {names}, \'{action}\' AS "METADATA$ACTION" FROM {VERSIONS}."{table.name}" WHERE {which}'
        for action, which in (("INSERT", came), ("DELETE", went))
    ]
    return " UNION ALL ".join(rows)


def tables_of(definitions: str) -> Iterable[Table]:
    for statement in sqlglot.parse(definitions, read="snowflake"):
        if not isinstance(statement, exp.Create):
            raise ValueError(f"expected only CREATE TABLE among the tables' definitions; found {statement}")
        columns = tuple(_column(definition) for definition in statement.find_all(exp.ColumnDef))
        tracked = "CHANGE_TRACKING" in str(statement.args.get("properties") or "").upper()
        yield Table(spelled(statement.this.this.this), columns, tracked)


def _column(definition: exp.ColumnDef) -> Column:
    kind = definition.args["kind"]
    required = any(isinstance(c.kind, exp.NotNullColumnConstraint) for c in definition.constraints)
    type_, stored, precision, scale = _types(kind)
    return Column(spelled(definition.this), type_, stored, precision, scale, not required)


def spelled(name: exp.Identifier) -> str:
    """Names without quotes are upper case."""
    return str(name.name if name.args.get("quoted") else name.name.upper())


def _types(kind: exp.DataType) -> tuple[str, str, int | None, int | None]:
    numbers = [int(parameter.name) for parameter in kind.expressions if parameter.name.isdigit()]
    # Of a second's fraction, nine unless said otherwise.
    digits = numbers[0] if numbers else 9
    match kind.this.name:
        case "DECIMAL" | "INT":
            precision, scale = [*numbers, 0][:2] if numbers else (38, 0)
            return "NUMBER", f"DECIMAL({precision}, {scale})", precision, scale
        case "TIMESTAMPLTZ":
            return "TIMESTAMP_LTZ", INSTANT, digits, None
        case "TIMESTAMPNTZ" | "TIMESTAMP" | "DATETIME":
            return "TIMESTAMP_NTZ", WALL, digits, None
        case "TIMESTAMPTZ":
            return "TIMESTAMP_TZ", WITH_OFFSET, digits, None
        case "VARCHAR" | "CHAR" | "TEXT":
            return "TEXT", "VARCHAR", None, None
        case "TIME":
            return "TIME", TIME, digits, None
        case "VARIANT" | "OBJECT" | "ARRAY" | "MAP" as semistructured:
            return semistructured, "JSON", None, None
        case "GEOGRAPHY" | "GEOMETRY" as place:
            return place, PLACE, None, None
        case "VECTOR":
            element, dimension = kind.expressions
            return "VECTOR", f"{'INTEGER' if 'INT' in element.sql() else 'FLOAT'}[{dimension.name}]", None, None
        case "FLOAT" | "DOUBLE":
            return "FLOAT", "DOUBLE", None, None
        case "BINARY" | "VARBINARY":
            return "BINARY", "BLOB", None, None
        case "DATE" | "BOOLEAN" as same:
            return same, same, None, None
    raise ValueError(f"expected a type that the stand-in stores; found {kind}; add it to catalog.py")
