"""Points every table that a query names at a relation of DuckDB: the current rows of a Delta table, or the query of a view."""

import base64
import json
import re
from typing import Any

import deltalake
import duckdb
import pyarrow
import sqlglot
from ministack.core.responses import get_region
from ministack.services import glue
from sqlglot import exp

from local.aws.client import endpoint


class Relations:
    """The tables of one query, each registered once."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection
        self.scanned = 0
        self.types: dict[str, dict[str, str]] = {}
        self._names: dict[str, str] = {}

    def resolve(self, query: exp.Expr, database: str) -> exp.Expr:
        common = {each.alias.lower() for each in query.find_all(exp.CTE)}
        for column in query.find_all(exp.Column):
            # A column may be named with its table's database; the relation has none.
            column.set("db", None)
            column.set("catalog", None)
        for table in list(query.find_all(exp.Table)):
            if table.name and (table.db or table.name.lower() not in common):
                table.replace(self._replacement(table, (table.db or database).lower()))
        return query

    def _replacement(self, table: exp.Table, database: str) -> exp.Expr:
        key = f"{database}/{table.name.lower()}"
        found = glue._tables.get(key)
        if found is None:
            raise ValueError(f"TABLE_NOT_FOUND: Table 'awsdatacatalog.{key.replace('/', '.')}' does not exist")
        alias = exp.TableAlias(this=exp.to_identifier(table.alias or table.name))
        if found.get("TableType") == "VIRTUAL_VIEW":
            view = view_of(found)
            return exp.Subquery(this=self.resolve(sqlglot.parse_one(view["originalSql"], read="athena"), view["schema"]), alias=alias)
        relation = exp.to_table(self._register(key, found))
        kept = {name: value for name in ("joins", "sample", "pivots", "laterals") if (value := table.args.get(name))}
        for name, value in {**kept, "alias": alias}.items():
            relation.set(name, value)
        return relation

    def _register(self, key: str, table: dict[str, Any]) -> str:
        if key not in self._names:
            name = self._names[key] = f"relation_{len(self._names)}"
            delta = delta_table(table)
            self.connection.register(name, _rows(delta))
            self.types[name] = {column: kind for column, kind, *_ in self.connection.execute(f"DESCRIBE {name}").fetchall()}
            self.scanned += sum(size or 0 for size in pyarrow.table(delta.get_add_actions(flatten=True)).column("size_bytes").to_pylist())
        return self._names[key]


def view_of(table: dict[str, Any]) -> Any:
    """A view's own query and schema, in the comment where Athena keeps them."""
    comment = re.fullmatch(r"/\* Presto View: (\S+) \*/", table["ViewOriginalText"])
    if comment is None:
        raise ValueError(f"INVALID_VIEW: {table['Name']} holds no query of Athena's")
    return json.loads(base64.b64decode(comment[1]))


def delta_table(table: dict[str, Any]) -> deltalake.DeltaTable:
    if table.get("Parameters", {}).get("table_type", "").upper() != "DELTA":
        raise ValueError(f"NOT_SUPPORTED: {table['DatabaseName']}.{table['Name']} is no Delta table; the laptop's Athena reads no other")
    location = re.sub(r"^s3a?://", "s3://", table["StorageDescriptor"]["Location"])
    access = {"AWS_ENDPOINT_URL": endpoint(), "AWS_ALLOW_HTTP": "true", "AWS_REGION": get_region()}
    return deltalake.DeltaTable(location, storage_options=access | {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"})


def _rows(delta: deltalake.DeltaTable) -> Any:
    """Lazily, so that filters and columns are pushed down, where that reads the table rightly; else all of it, in memory."""
    features = delta.protocol().reader_features or []
    mapped = delta.metadata().configuration.get("delta.columnMapping.mode", "none") != "none"
    if mapped or features:
        return pyarrow.table(deltalake.QueryBuilder().register("t", delta).execute("SELECT * FROM t"))
    return delta.to_pyarrow_dataset()
