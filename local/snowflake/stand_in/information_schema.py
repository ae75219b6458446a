"""Decides what INFORMATION_SCHEMA tells of the tables, as queries in DuckDB's SQL."""

from .catalog import CURRENT, Catalog, Column
from .errors import does_not_exist


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
            columns = [
                f"SELECT {place}, '{table.name}' AS TABLE_NAME, {_described(position, column)}"
                for table in catalog.tables.values()
                for position, column in enumerate(table.columns, start=1)
            ]
            return " UNION ALL ".join(columns)
    raise does_not_exist("Object", f"{database}.INFORMATION_SCHEMA.{view}")


def _described(position: int, column: Column) -> str:
    def number(value: int | None) -> str:
        return "NULL::DECIMAL(9, 0)" if value is None else f"{value}::DECIMAL(9, 0)"

    fields = {
        "COLUMN_NAME": f"'{column.name}'",
        "ORDINAL_POSITION": number(position),
        "IS_NULLABLE": f"'{'YES' if column.nullable else 'NO'}'",
        "DATA_TYPE": f"'{column.type}'",
        "CHARACTER_MAXIMUM_LENGTH": number(16_777_216 if column.type == "TEXT" else None),
        "NUMERIC_PRECISION": number(column.precision if column.type == "NUMBER" else None),
        "NUMERIC_SCALE": number(column.scale if column.type == "NUMBER" else None),
        "DATETIME_PRECISION": number(column.precision if column.type.startswith("TIME") else None),
    }
    return ", ".join(f"{value} AS {name}" for name, value in fields.items())
