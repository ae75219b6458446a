"""
Says of each Gold model what it reads and where each of its columns comes from, by the SQL itself.

Reads `{tables, models}` from standard input (`tables`: columns of each `silver.<dataset>` and `gold.<model>`; `models`: the SQL of each)
and writes `{<model>: {level, inputs, columns}}`. A column comes from every one that its expression names, directly or through the query's
own parts: of `max_by(name, updated_at)` from both. Columns that only join or filter are not among them.
"""

import json
import sys
from typing import TypedDict

from sqlglot import exp, parse_one
from sqlglot.lineage import Node, lineage
from sqlglot.schema import MappingSchema

DIALECT = "spark"


class Model(TypedDict):
    # 0: reads Silver, or what no SQL makes; otherwise one above the highest level among the Gold models that it reads.
    level: int
    inputs: list[str]
    # Of each column the columns of the inputs that it comes from; none where it is a constant.
    columns: dict[str, list[str]]


def models_of(tables: dict[str, list[str]], models: dict[str, str]) -> dict[str, Model]:
    """Raises sqlglot's own errors for SQL that cannot be read, and KeyError for a table that no contract has."""
    inputs = {name: inputs_of(sql) for name, sql in models.items()}
    schema = schema_of(tables)
    return {
        name: {
            "level": level_of(name, inputs),
            "inputs": inputs[name],
            "columns": {column: sources_of(column, sql, schema) for column in tables[f"gold.{name}"]},
        }
        for name, sql in models.items()
    }


def inputs_of(sql: str) -> list[str]:
    return sorted({f"{table.db}.{table.name}" for table in parse_one(sql, dialect=DIALECT).find_all(exp.Table) if table.db})


def level_of(name: str, inputs: dict[str, list[str]]) -> int:
    upstream = [table.split(".")[1] for table in inputs[name] if table.startswith("gold.")]
    return 1 + max((level_of(model, inputs) for model in upstream if model in inputs), default=-1)


def schema_of(tables: dict[str, list[str]]) -> MappingSchema:
    schema = MappingSchema(dialect=DIALECT)
    for table, columns in tables.items():
        schema.add_table(table, {column: "string" for column in columns}, dialect=DIALECT)
    return schema


def sources_of(column: str, sql: str, schema: MappingSchema) -> list[str]:
    return sorted({source for node in lineage(column, sql, schema=schema, dialect=DIALECT).walk() for source in _table_column(node)})


def _table_column(node: Node) -> list[str]:
    """The end of a path through the query: a column of a table."""
    if node.downstream or not isinstance(node.source, exp.Table) or not node.source.db:
        return []
    return [f"{node.source.db}.{node.source.name}.{node.name.split('.')[-1].strip('`')}"]


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    json.dump(models_of(asked["tables"], asked["models"]), sys.stdout)
