"""Decides how a result travels: JSON rows of texts, as the protocol has them, the later ones in pieces to be fetched."""

import gzip
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb

from . import catalog
from .errors import unsupported

# The first rows come with the answer; pieces of some megabytes after them keep both ends' memory small.
FIRST_ROWS = 1_000
PIECE_ROWS = 20_000

RowType = dict[str, str | int | bool | None]


@dataclass(frozen=True)
class Piece:
    name: str
    """Cannot be guessed: whoever knows it may read it, like a presigned URL."""
    rows: int
    bytes: int


@dataclass(frozen=True)
class Result:
    row_types: list[RowType]
    first: str
    """JSON array of rows."""
    total: int
    pieces: list[Piece]


def run_select(connection: duckdb.DuckDBPyConnection, sql: str, bindings: list[object], folder: Path) -> Result:
    described = connection.execute(f"DESCRIBE {sql}", bindings).fetchall()
    columns = [(str(name), str(type_)) for name, type_, *_ in described]
    names = ", ".join(f'"c{index}"' for index in range(len(columns)))
    texts = ", ".join(_as_text(f'"c{index}"', type_) for index, (_, type_) in enumerate(columns))
    connection.execute(f"SELECT CAST(to_json([{texts}]) AS VARCHAR) FROM ({sql}) AS result({names})", bindings)
    rows = _rows(connection)
    first = list(islice(rows, FIRST_ROWS))
    pieces = [_written(piece, folder) for piece in _pieces(rows)]
    total = len(first) + sum(piece.rows for piece in pieces)
    return Result([_row_type(name, type_) for name, type_ in columns], f"[{','.join(first)}]", total, pieces)


def said(text: str, column: str = "status") -> Result:
    """What a statement that returns no rows of a table says."""
    return Result([_row_type(column, "VARCHAR")], json.dumps([[text]]), 1, [])


def _rows(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    while batch := connection.fetchmany(10_000):
        for (row,) in batch:
            yield row


def _pieces(rows: Iterator[str]) -> Iterator[list[str]]:
    while piece := list(islice(rows, PIECE_ROWS)):
        yield piece


def _written(rows: list[str], folder: Path) -> Piece:
    name = secrets.token_urlsafe(32)
    text = ",".join(rows).encode()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(gzip.compress(text, compresslevel=1))
    return Piece(name, len(rows), len(text))


def _as_text(column: str, type_: str) -> str:
    match type_:
        case catalog.WITH_OFFSET:
            return f"_seconds({column}.instant) || ' ' || CAST({column}.ahead + 1440 AS VARCHAR)"
        case catalog.INSTANT | catalog.WALL | catalog.TIME:
            return f"_seconds(_nanoseconds({column}))"
        case "TIMESTAMP WITH TIME ZONE":
            return f"_seconds(epoch_us({column}) * 1000)"
        case "DATE":
            return f"CAST({column} - DATE '1970-01-01' AS VARCHAR)"
        case "BOOLEAN":
            return f"CASE WHEN {column} THEN '1' WHEN NOT {column} THEN '0' END"
        case "BLOB":
            return f"hex({column})"
        case "DOUBLE":
            # In JSON the driver gets no more: https://github.com/snowflakedb/snowflake-connector-python/issues/205
            return f"printf('%.9g', {column})"
    return f"CAST({column} AS VARCHAR)"


def _row_type(name: str, type_: str) -> RowType:
    kind, precision, scale, length = _kind(type_)
    return {
        "name": name,
        "database": "",
        "schema": "",
        "table": "",
        "nullable": True,
        "type": kind,
        "precision": precision,
        "scale": scale,
        "length": length,
        "byteLength": length,
        "collation": None,
    }


def _kind(type_: str) -> tuple[str, int | None, int | None, int | None]:
    if type_.startswith("DECIMAL"):
        precision, scale = (int(number) for number in type_[8:-1].split(","))
        return "fixed", precision, scale, None
    if type_ in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UINTEGER", "UBIGINT", "UHUGEINT"):
        return "fixed", 38, 0, None
    simple = {
        "DOUBLE": "real",
        "FLOAT": "real",
        "DATE": "date",
        "BOOLEAN": "boolean",
        "JSON": "variant",
        "BLOB": "binary",
        "TIMESTAMP WITH TIME ZONE": "timestamp_ltz",
        catalog.INSTANT: "timestamp_ltz",
        catalog.WALL: "timestamp_ntz",
        catalog.WITH_OFFSET: "timestamp_tz",
        catalog.TIME: "time",
    }
    if kind := simple.get(type_):
        return kind, 0 if kind.startswith("time") else None, 9 if kind.startswith("time") else None, None
    if type_ in ("VARCHAR", '"NULL"'):
        return "text", None, None, 16_777_216
    raise unsupported(f"a result of the type {type_}: print it as text")
