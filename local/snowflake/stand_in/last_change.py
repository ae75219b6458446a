"""Decides what SYSTEM$LAST_CHANGE_COMMIT_TIME says: a token that differs when a table has changed between two calls."""

from sqlglot import exp

from .catalog import VERSIONS, Catalog, spelled

FUNCTION = "SYSTEM$LAST_CHANGE_COMMIT_TIME"


def place_last_changes(tree: exp.Expr, catalog: Catalog) -> None:
    for call in list(tree.find_all(exp.Anonymous)):
        if call.name.upper() == FUNCTION:
            call.replace(_last_change(call.expressions[0].name, catalog))


def _last_change(name: str, catalog: Catalog) -> exp.Expr:
    """Nanoseconds since 1970, as Snowflake's is: when a version began or ended last, or when the table was made."""
    table = catalog.table(spelled(exp.to_table(name, dialect="snowflake").this))
    changes = f'SELECT max(greatest(_from, coalesce(_to, 0))) FROM {VERSIONS}."{table.name}"'
    source = f"SELECT CAST(coalesce(({changes}), {catalog.beginning(table)}) * 1000 AS DECIMAL(38, 0))"
    return exp.Subquery(this=exp.maybe_parse(source, dialect="duckdb"))
