"""Decides what INFORMATION_SCHEMA tells of the tables, as queries in DuckDB's SQL."""

from .catalog import CURRENT, Catalog, Column
from .errors import does_not_exist

DESCRIBED = {
    "COLUMN_NAME": "TEXT",
    "ORDINAL_POSITION": "NUMBER",
    "IS_NULLABLE": "TEXT",
    "DATA_TYPE": "TEXT",
    "CHARACTER_MAXIMUM_LENGTH": "NUMBER",
    "NUMERIC_PRECISION": "NUMBER",
    "NUMERIC_SCALE": "NUMBER",
    "DATETIME_PRECISION": "NUMBER",
}


def information_schema(view: str, catalog: Catalog, database: str, schema: str) -> str:
    place = f"'{database}' AS TABLE_CATALOG, '{schema}' AS TABLE_SCHEMA"
    match view:
        case "TABLES":
            tables = [
                f"SELECT {place}, '{name}' AS TABLE_NAME, 'BASE TABLE' AS TABLE_TYPE, "
                f'(SELECT count(*) FROM {CURRENT}."{name}") AS ROW_COUNT, '
                f"(SELECT make_timestamptz(created) FROM versions.beginnings WHERE name = '{name}') AS CREATED"
                for name in catalog.tables
            ]
            return " UNION ALL ".join(tables)
        case "COLUMNS":
            rows = ", ".join(
                f"('{database}', '{schema}', '{table.name}', {_described(position, column)})"
                for table in catalog.tables.values()
                for position, column in enumerate(table.columns, start=1)
            )
            typed = ", ".join(
                f"CAST({name} AS DECIMAL(9, 0)) AS {name}" if type_ == "NUMBER" else name for name, type_ in DESCRIBED.items()
            )
            place = "TABLE_CATALOG, TABLE_SCHEMA, TABLE_NAME"
            return f"SELECT {place}, {typed} FROM (VALUES {rows}) AS columns({place}, {', '.join(DESCRIBED)})"
    raise does_not_exist("Object", f"{database}.INFORMATION_SCHEMA.{view}")


def _described(position: int, column: Column) -> str:
    """In the order of DESCRIBED."""
    values = [
        f"'{column.name}'",
        str(position),
        f"'{'YES' if column.nullable else 'NO'}'",
        f"'{column.type}'",
        _number(16_777_216 if column.type == "TEXT" else None),
        _number(column.precision if column.type == "NUMBER" else None),
        _number(column.scale if column.type == "NUMBER" else None),
        _number(column.precision if column.type.startswith("TIME") else None),
    ]
    return ", ".join(values)


def _number(value: int | None) -> str:
    return "NULL" if value is None else str(value)
