"""Lets the loader's role write a table in one transaction: what an application would have done with many statements."""

from pathlib import Path

from .catalog import VERSIONS, Catalog, Column, Table, microseconds_now

# In the file, one JSON object a line: `{"op": "insert" | "update" | "delete", "row": {column: text or null}}`.


def load(catalog: Catalog, table: Table, file: Path, key: list[str], written: str | None) -> int:
    """`written`: the column that is set to the time of the change where the row does not say it."""
    cursor = catalog.cursor()
    path = str(file).replace("'", "''")
    fields = ", ".join(f'"{column.name.lower()}" VARCHAR' for column in table.columns)
    cursor.execute(
        "CREATE TEMP TABLE staged AS SELECT op, row FROM read_json("
        f"'{path}', format = 'newline_delimited', columns = {{op: 'VARCHAR', row: 'STRUCT({fields})'}}, maximum_object_size = 16777216)"
    )
    same = " AND ".join(f't."{name}" = {_value(_named(table, name))}' for name in key)
    with catalog.commits:
        now = microseconds_now()
        values = ", ".join(_value(column, now if column.name == written else None) for column in table.columns)
        cursor.execute("BEGIN")
        try:
            if key:
                cursor.execute(
                    f'UPDATE {VERSIONS}."{table.name}" AS t SET _to = {now} FROM staged '
                    f"WHERE t._to IS NULL AND staged.op IN ('update', 'delete') AND {same}"
                )
            cursor.execute(
                f"INSERT INTO {VERSIONS}.\"{table.name}\" SELECT {values}, {now}, NULL FROM staged WHERE op IN ('insert', 'update')"
            )
            cursor.execute("COMMIT")
        except Exception:
            cursor.execute("ROLLBACK")
            raise
    count = cursor.execute("SELECT count(*) FROM staged").fetchall()[0][0]
    cursor.close()
    return int(count)


def _named(table: Table, name: str) -> Column:
    return next(column for column in table.columns if column.name == name)


def _value(column: Column, now: int | None = None) -> str:
    text = f'staged.row."{column.name.lower()}"'
    match column.type:
        case "TIMESTAMP_LTZ" | "TIMESTAMP_NTZ":
            value, kind = (f"_ltz({text})", "_instant") if column.type == "TIMESTAMP_LTZ" else (f"_ntz({text})", "_wall")
            return value if now is None else f"coalesce({value}, {kind}({now}::HUGEINT * 1000))"
        case "TIMESTAMP_TZ":
            return f"_with_offset({text})"
        case "TIME":
            return f"_time({text})"
        case "BINARY":
            return f"unhex({text})"
        case "GEOGRAPHY" | "GEOMETRY":
            return f"CASE WHEN {text} IS NOT NULL THEN {{'ewkt': {text}}} END"
    return f"CAST({text} AS {column.stored})"
