"""Runs a query: Trino's SQL is turned into DuckDB's, its tables into Arrow, its answer into Athena's text."""

import re
from dataclasses import dataclass

import duckdb
import sqlglot
from sqlglot import exp

from local.aws.athena import catalog
from local.aws.athena.dates import keep_dates
from local.aws.athena.relations import Relations
from local.aws.athena.values import Type, athena_type, text_of

# What Trino has and sqlglot does not translate.
MACROS = (
    "from_iso8601_timestamp(text) AS CAST(text AS TIMESTAMPTZ)",
    "from_iso8601_date(text) AS CAST(text AS DATE)",
    "at_timezone(moment, zone) AS timezone(zone, moment)",
    "with_timezone(moment, zone) AS timezone(zone, moment)",
    "is_nan(number) AS isnan(number)",
)


# A column without a name is `_col0` in Athena and `_col_0` in sqlglot.
_NAMELESS = re.compile(r"^_col_(?=\d+$)")


@dataclass(frozen=True)
class Answer:
    columns: list[str]
    types: list[str]
    rows: list[list[str | None]]
    scanned: int = 0


def run(query: str, database: str) -> Answer:
    if about_catalog := catalog.answer(query, database):
        columns, rows = about_catalog
        return Answer(columns, [Type("varchar")] * len(columns), rows)
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for macro in MACROS:
            connection.execute(f"CREATE MACRO {macro}")
        relations = Relations(connection)
        tree = keep_dates(relations.resolve(_parse(query), database), relations.types)
        result = connection.execute(tree.sql(dialect="duckdb"))
        columns = [_NAMELESS.sub("_col", column[0]) for column in result.description]
        types: list[str] = [athena_type(str(column[1])) for column in result.description]
        return Answer(columns, types, [[text_of(value) for value in row] for row in result.fetchall()], relations.scanned)


def _parse(query: str) -> exp.Query:
    try:
        tree = sqlglot.parse_one(query, read="athena")
    except sqlglot.errors.ParseError as error:
        raise ValueError(f"SYNTAX_ERROR: {error}") from error
    if not isinstance(tree, exp.Query):
        raise ValueError(f"NOT_SUPPORTED: the laptop's Athena reads tables and keeps views; {tree.key.upper()} is neither")
    return tree
