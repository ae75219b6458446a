"""Keeps a date a date: what Trino's date_trunc and sums of a date and an interval give, where DuckDB's give a timestamp."""

from sqlglot import exp
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from sqlglot.schema import MappingSchema

_DONE = "keeps its type"


def keep_dates(query: exp.Expr, types: dict[str, dict[str, str]]) -> exp.Expr:
    """The query with a cast where it takes one; `types` are DuckDB's, by relation and column."""
    schema = MappingSchema({**types}, dialect="duckdb")
    query = qualify(query, schema=schema, dialect="athena", identify=False, quote_identifiers=False, validate_qualify_columns=False)
    # A cast in a subquery makes a date of a column outside of it: until there is nothing more to cast.
    while dates := [each for each in annotate_types(query, schema=schema, dialect="athena").find_all(exp.Expr) if _loses_date(each)]:
        for each in dates:
            each.meta[_DONE] = True
            each.replace(exp.cast(each.copy(), "DATE"))
    return query


def _loses_date(node: exp.Expr) -> bool:
    if _DONE in node.meta:
        return False
    is_sum = isinstance(node, (exp.Add, exp.Sub)) and isinstance(node.expression, exp.Interval)
    return (is_sum or isinstance(node, (exp.DateTrunc, exp.TimestampTrunc, exp.DateAdd))) and bool(node.this.is_type("date"))
