"""Prints the rows of Parquet files as JSON, each value as its text: read by Arrow, which had no part in writing them."""

import json
import sys
from typing import Any

import pyarrow.parquet as parquet


def text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.hex() if isinstance(value, bytes) else None if value is None else str(value)


names: "list[str]" = []
rows: "list[list[Any]]" = []
for path in sys.argv[1:]:
    table = parquet.read_table(path)
    names = table.column_names
    rows += [[text(value) for value in row] for row in zip(*[column.to_pylist() for column in table.columns], strict=True)]
json.dump({"names": names, "rows": rows}, sys.stdout)
