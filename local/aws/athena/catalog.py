"""Answers statements about the catalog itself, which no engine runs: SHOW, DESCRIBE, CREATE VIEW and DROP VIEW."""

import base64
import json
import re
from collections.abc import Callable
from typing import Any

from ministack.services import glue

from local.aws.athena.relations import view_of

Rows = tuple[list[str], list[list[str | None]]]

_NAME = r'(?:["`]?(\w+)["`]?\.)?["`]?(\w+)["`]?'


def answer(query: str, database: str) -> Rows | None:
    """None when the statement is none of the catalog's."""
    for pattern, statement in _STATEMENTS.items():
        if found := re.fullmatch(pattern, query, re.IGNORECASE | re.DOTALL):
            return statement(found, database)
    return None


def _show_tables(found: re.Match[str], database: str) -> Rows:
    prefix = f"{(found[1] or database).lower()}/"
    return ["tab_name"], [[key.removeprefix(prefix)] for key in sorted(glue._tables) if key.startswith(prefix)]


def _show_databases(found: re.Match[str], database: str) -> Rows:
    return ["database_name"], [[name] for name in sorted(glue._databases)]


def _show_create_view(found: re.Match[str], database: str) -> Rows:
    table = _table(found, database)
    return ["Create View"], [[f"CREATE VIEW {table['Name']} AS\n{view_of(table)['originalSql']}"]]


def _describe(found: re.Match[str], database: str) -> Rows:
    table = _table(found, database)
    columns = table.get("StorageDescriptor", {}).get("Columns", []) + (table.get("PartitionKeys") or [])
    return ["col_name", "data_type", "comment"], [[each["Name"], each["Type"], each.get("Comment", "")] for each in columns]


def _table(found: re.Match[str], database: str) -> dict[str, Any]:
    key = f"{(found[1] or database).lower()}/{found[2].lower()}"
    if key not in glue._tables:
        raise ValueError(f"TABLE_NOT_FOUND: Table 'awsdatacatalog.{key.replace('/', '.')}' does not exist")
    return glue._tables[key]  # type: ignore[no-any-return]


def _create_view(found: re.Match[str], database: str) -> Rows:
    replace, schema, name, query = found.groups()
    schema = (schema or database).lower()
    if f"{schema}/{name.lower()}" in glue._tables and not replace:
        raise ValueError(f"ALREADY_EXISTS: View already exists: 'awsdatacatalog.{schema}.{name.lower()}'")
    kept: dict[str, object] = {"originalSql": query.strip(), "catalog": "awsdatacatalog", "schema": database, "columns": []}
    text = base64.b64encode(json.dumps(kept).encode()).decode()
    view: dict[str, object] = {
        "Name": name.lower(),
        "TableType": "VIRTUAL_VIEW",
        "Parameters": {"presto_view": "true"},
        "StorageDescriptor": {"Columns": []},
        "ViewOriginalText": f"/* Presto View: {text} */",
        "ViewExpandedText": "/* Presto View */",
    }
    glue._tables.pop(f"{schema}/{name.lower()}", None)
    glue._create_table({"DatabaseName": schema, "TableInput": view})
    return [], []


def _drop_view(found: re.Match[str], database: str) -> Rows:
    if_exists, schema, name = found.groups()
    if glue._tables.pop(f"{(schema or database).lower()}/{name.lower()}", None) is None and not if_exists:
        raise ValueError(f"TABLE_NOT_FOUND: View '{schema or database}.{name}' does not exist")
    return [], []


_STATEMENTS: dict[str, Callable[[re.Match[str], str], Rows]] = {
    r"SHOW\s+TABLES(?:\s+(?:IN|FROM)\s+[\"`]?(\w+)[\"`]?)?": _show_tables,
    r"SHOW\s+(?:DATABASES|SCHEMAS)": _show_databases,
    rf"SHOW\s+CREATE\s+VIEW\s+{_NAME}": _show_create_view,
    rf"DESC(?:RIBE)?\s+{_NAME}": _describe,
    rf"CREATE\s+(OR\s+REPLACE\s+)?VIEW\s+{_NAME}\s+AS\s+(.+)": _create_view,
    rf"DROP\s+VIEW\s+(IF\s+EXISTS\s+)?{_NAME}": _drop_view,
}
