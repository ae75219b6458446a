"""The benchmark's results as docs/benchmarks.md shows them."""

from __future__ import annotations

import os
import platform
from importlib import metadata

import pyspark.sql

LAYERS = ("bronze", "silver", "gold")
Medians = dict[tuple[str, str], float]


def machine(session: pyspark.sql.SparkSession) -> dict[str, str | int | None]:
    versions = {name: metadata.version(name) for name in ("delta-spark", "duckdb")}
    java = session._jvm.java.lang.System.getProperty("java.version")
    return {"cores": os.cpu_count(), "python": platform.python_version(), "java": java, "spark": session.version, **versions}


def markdown(session: pyspark.sql.SparkSession, changed: int, by_size: dict[int, Medians]) -> str:
    sizes = list(by_size)
    largest = by_size[sizes[-1]]
    lines = [", ".join(f"{name} {value}" for name, value in machine(session).items()), ""]
    lines += ["| seconds | rows in the table | Bronze | Silver | Gold |", "|---|---|---|---|---|"]
    for kind in ("recent", "random", "random, a hundredth new"):
        for rows in sizes:
            lines.append(_row(f"{changed:,} changed, {kind}", f"{rows:,}", [by_size[rows][kind, layer] for layer in LAYERS]))
        first = by_size[sizes[0]]
        lines.append(_row("", "times the smallest", [largest[kind, layer] / first[kind, layer] for layer in LAYERS]))
    for kind in ("recent", "random"):
        lines.append(_row(f"one in a hundred changed, {kind}", f"{sizes[-1]:,}", [largest[kind + " hundredth", layer] for layer in LAYERS]))
    lines.append(
        _row(
            "each table read whole and overwritten, without rules and receipts",
            f"{sizes[-1]:,}",
            [None, *[largest["overwritten", each] for each in LAYERS[1:]]],
        )
    )
    lines.append(_row("whole run, one in a hundred changed", f"{sizes[-1]:,}", [largest["whole run", layer] for layer in LAYERS]))
    lines.append(_row("first load", f"{sizes[-1]:,}", [largest["first load", layer] for layer in LAYERS]))
    lines.append(_row("first load, DuckDB", f"{sizes[-1]:,}", [None, largest["first load", "DuckDB"], None]))
    per_core = {of: sizes[-1] / largest["first load", of] / (os.cpu_count() or 1) for of in ("silver", "DuckDB")}
    lines += ["", "First load, rows a second and core: Silver {silver:,.0f}, DuckDB {DuckDB:,.0f}.".format(**per_core)]
    return "\n".join(lines)


def _row(what: str, rows: str, numbers: list[float | None]) -> str:
    return "| {} | {} | {} |".format(what, rows, " | ".join("" if each is None else f"{each:.1f}" for each in numbers))
