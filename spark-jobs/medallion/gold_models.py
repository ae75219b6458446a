"""The Gold models: one SQL file a contract, and the order in which they are built, by what each reads."""

from __future__ import annotations

import pkgutil
import re
from typing import Any, NamedTuple

from medallion.failure import JobError


class GoldModel(NamedTuple):
    """`silver` and `gold`: the tables that the SQL reads, written there as `silver.<dataset>` and `gold.<model>`."""

    name: str
    sql: str
    silver: frozenset[str]
    gold: frozenset[str]
    contract: dict[str, Any]


def read_models(contracts: dict[str, Any]) -> dict[str, GoldModel]:
    return {name: model_of(name, _sql_of(name), contract) for name, contract in contracts.items()}


def model_of(name: str, sql: str, contract: dict[str, Any]) -> GoldModel:
    code = re.sub(r"--[^\n]*", "", sql)
    return GoldModel(name, code, _tables(code, "silver"), _tables(code, "gold"), contract)


def levels_of(models: dict[str, GoldModel], silver: set[str], made: set[str]) -> list[list[str]]:
    """
    Models of a level read only Silver, the levels before, and what is `made` without SQL before them. A model whose inputs are not there
    yet is in none.
    """
    levels: list[list[str]] = []
    built = set(made)
    while True:
        level = sorted(name for name, model in models.items() if name not in built and model.silver <= silver and model.gold <= built)
        if not level:
            return levels
        levels.append(level)
        built.update(level)


def with_readers(models: dict[str, GoldModel], names: set[str]) -> frozenset[str]:
    """The models of these names, and all that read them, or read what does."""
    found = set(names) & set(models)
    while True:
        readers = {name for name, model in models.items() if model.gold & found} - found
        if not readers:
            return frozenset(found)
        found |= readers


def view_of(layer: str, table: str) -> str:
    """A temporary view has no database: the layer becomes part of its name."""
    return f"_{layer}_{table}"


def over_views(sql: str) -> str:
    return re.sub(r"\b(silver|gold)\.(\w+)", lambda found: view_of(found.group(1), found.group(2)), sql)


def _tables(code: str, layer: str) -> frozenset[str]:
    return frozenset(re.findall(rf"\b{layer}\.(\w+)", code))


def _sql_of(name: str) -> str:
    try:
        content = pkgutil.get_data("medallion", f"gold/{name}.sql")
    except OSError:
        content = None
    if content is None:
        raise JobError("ModelMissing", name, f"medallion/gold/{name}.sql", "none", "write it, or take its contract out of contracts/gold")
    return content.decode()
