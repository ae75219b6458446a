"""Decides what a query in Snowflake's SQL reads in DuckDB: names of tables, INFORMATION_SCHEMA, time travel, bindings."""

from collections.abc import Callable
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError
from sqlglot.optimizer.normalize_identifiers import normalize_identifiers

from .catalog import CURRENT, Catalog, at_time, changed_between
from .errors import SnowflakeError, does_not_exist, unsupported
from .expressions import rewrite_expressions
from .information_schema import information_schema
from .last_change import place_last_changes
from .sessions import Session


@dataclass(frozen=True)
class Context:
    catalog: Catalog
    session: Session
    database: str
    schema: str
    moment_of: Callable[[str], int]
    """The one value of a query in DuckDB's SQL."""


def parse(text: str) -> exp.Expr:
    try:
        statements = [statement for statement in sqlglot.parse(text, read="snowflake") if statement is not None]
    except ParseError as error:
        told = error.errors[0] if error.errors else {}
        found = f"line {told.get('line', 1)} at position {told.get('col', 0)} unexpected '{told.get('highlight', '')}'."
        raise SnowflakeError("001003", "42000", f"SQL compilation error:\nsyntax error {found}") from error
    if len(statements) != 1:
        raise SnowflakeError("000008", "0A000", f"Actual statement count {len(statements)} did not match the desired statement count 1.")
    return normalize_identifiers(statements[0], dialect="snowflake")


def to_duckdb(query: exp.Expr, context: Context) -> str:
    tree = query.copy()
    _name_columns(tree)
    _number_bindings(tree)
    _place_tables(tree, context)
    place_last_changes(tree, context.catalog)
    rewrite_expressions(tree, context.session, context.catalog.offset_columns)
    return str(tree.sql("duckdb"))


def _name_columns(tree: exp.Expr) -> None:
    """An expression without an alias is named after itself: COUNT(*)."""
    if isinstance(tree, exp.Query):
        for column in list(tree.selects):
            if not isinstance(column, (exp.Alias, exp.Column, exp.Star)):
                column.replace(exp.alias_(column.copy(), column.sql("snowflake").upper(), quoted=True))


def _number_bindings(tree: exp.Expr) -> None:
    """`?` and `:1` alike become `$1`."""
    unnamed = 0
    for placeholder in list(tree.find_all(exp.Placeholder, bfs=False)):
        unnamed += 0 if placeholder.this else 1
        placeholder.replace(exp.Parameter(this=exp.Literal.number(placeholder.this or unnamed)))


def _place_tables(tree: exp.Expr, context: Context) -> None:
    queries = {cte.alias for cte in tree.find_all(exp.CTE)}
    for table in list(tree.find_all(exp.Table)):
        if isinstance(table.this, exp.Identifier) and (table.db or table.name not in queries):
            source = sqlglot.parse_one(_source(table, context), read="duckdb")
            alias = table.alias or table.name
            table.replace(exp.Subquery(this=source, alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True))))


def _source(table: exp.Table, context: Context) -> str:
    if table.db == "INFORMATION_SCHEMA":
        return information_schema(table.name, context.catalog, context.database, context.schema)
    check_place(table, context)
    known = context.catalog.table(table.name)
    if changes := table.args.get("changes"):
        if changes.args["information"].name.upper() != "DEFAULT":
            raise unsupported("CHANGES (INFORMATION => APPEND_ONLY)")
        after, until = (_moment(changes.args[name], context) for name in ("at_before", "end"))
        return changed_between(known, after, until, context.catalog.beginning(known))
    when = table.args.get("when")
    if when is None:
        return f'SELECT * FROM {CURRENT}."{known.name}"'
    return at_time(known, _moment(when, context), context.catalog.beginning(known))


def check_place(table: exp.Table, context: Context) -> None:
    session = context.session
    database, schema = table.catalog or session.database, table.db or session.schema
    if database is None:
        raise SnowflakeError("090105", "22000", "Cannot perform SELECT. This session does not have a current database.")
    if database != context.database:
        raise does_not_exist("Database", database)
    if schema != context.schema:
        raise does_not_exist("Schema", f"{database}.{schema}")


def _moment(when: exp.Expr, context: Context) -> int:
    kind = when.args["kind"]
    if when.name not in ("AT", "END") or kind not in ("TIMESTAMP", "OFFSET"):
        raise unsupported(f"{when.name}({kind} => …)")
    told = exp.Paren(this=when.expression.copy())
    rewrite_expressions(told, context.session, context.catalog.offset_columns)
    text = told.sql("duckdb")
    moment = context.moment_of(
        f"SELECT epoch_us(now() + to_seconds({text}))" if kind == "OFFSET" else f"SELECT _nanoseconds({text}) // 1000"
    )
    # Whatever belongs to that time and is on its way becomes visible first.
    with context.catalog.commits:
        return moment
