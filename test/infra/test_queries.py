"""The saved queries are Trino SQL over tables and columns that Gold's contracts have."""

from pathlib import Path

import pytest
import sqlglot
import yaml
from sqlglot.optimizer.qualify import qualify

ROOT = Path(__file__).parents[2]
QUERIES = sorted((ROOT / "infra/queries").glob("*.sql"))


def columns_of_gold() -> dict[str, dict[str, str]]:
    contracts = [yaml.safe_load(file.read_text()) for file in (ROOT / "contracts/gold").glob("*.yaml")]
    return {each["name"]: {column["name"]: column["logicalType"] for column in each["schema"][0]["properties"]} for each in contracts}


@pytest.mark.parametrize("query", QUERIES, ids=lambda query: query.stem)
def test_query_reads_what_gold_has(query: Path) -> None:
    text = query.read_text()
    assert text.startswith("-- "), "the first line says what the query answers"
    gold = columns_of_gold()
    qualified = qualify(sqlglot.parse_one(text, dialect="trino"), schema={"gold": gold}, dialect="trino", validate_qualify_columns=True)
    tables = {(table.db, table.name) for table in qualified.find_all(sqlglot.exp.Table)}
    assert {layer for layer, _ in tables} == {"gold"}
    assert {name for _, name in tables} <= set(gold)


def test_a_column_that_gold_has_not_is_found() -> None:
    with pytest.raises(sqlglot.errors.OptimizeError):
        statement = sqlglot.parse_one("SELECT nothing FROM gold.dim_users", dialect="trino")
        qualify(statement, schema={"gold": columns_of_gold()}, dialect="trino", validate_qualify_columns=True)
