"""Athena over Delta tables. Upstream reads a Delta table's dead files too, speaks DuckDB's SQL instead of Trino's, and keeps no view.

api         a query from its start to its result in S3
engine      Trino SQL to DuckDB's by sqlglot, run on Arrow
relations   each table of a query becomes the current rows of its Delta table, each view its query
catalog     statements about the catalog: SHOW, DESCRIBE, CREATE VIEW, DROP VIEW
values      types and values in Athena's spelling
"""

from local.aws.athena import api


def install() -> None:
    api.install()
