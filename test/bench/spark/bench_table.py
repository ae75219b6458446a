"""The table that the Spark benchmark loads: orders, four in ten of one customer, made by DuckDB and landed as the functions land."""

from __future__ import annotations

from pathlib import Path

import duckdb
from lake_bucket import LakeBucket, Row

DATASET = "orders"
COLUMNS = {
    "order_id": ("string", "VARCHAR"),
    "customer_id": ("string", "VARCHAR"),
    "order_date": ("date", "VARCHAR"),
    "status": ("string", "VARCHAR"),
    "currency": ("string", "VARCHAR"),
    "amount": ("decimal(12,2)", "VARCHAR"),
    "items": ("int", "BIGINT"),
    "country": ("string", "VARCHAR"),
    "email": ("string", "VARCHAR"),
    "note": ("string", "VARCHAR"),
    "is_gift": ("boolean", "BOOLEAN"),
    "updated_at": ("timestamp", "VARCHAR"),
}
# What the rules below ask for, as Spark and DuckDB both read it: of the addresses a little less than the pattern.
GOOD = "amount >= 0 AND currency IN ('EUR', 'USD') AND email LIKE '%_@_%'"
DUCKDB = {"string": "VARCHAR", "timestamp": "TIMESTAMPTZ", "int": "INTEGER"}
CONTRACT: Row = {
    "dataset": DATASET,
    "version": "1.0.0",
    "source": "postgres",
    "load": {"mode": "cursor", "sequence": "updated_at", "deletions": False, "maxDeleteShare": 0.5},
    "key": ["order_id"],
    "columns": [{"name": name, "type": type_, "required": False, "class": "internal"} for name, (type_, _) in COLUMNS.items()],
    "rules": [
        {"id": "orders.amount.range", "column": "amount", "kind": "range", "min": "0", "max": None, "action": "quarantine"},
        {"id": "orders.currency.allowed", "column": "currency", "kind": "allowed", "values": ["EUR", "USD"], "action": "quarantine"},
        {"id": "orders.email.pattern", "column": "email", "kind": "pattern", "pattern": r"^[^@\s]+@[^@\s]+$", "action": "quarantine"},
    ],
    "partitioning": [],
    "freshnessHours": 2,
}


def rows_sql(ids: str, batch: int, whole: int) -> str:
    """
    `ids`: a query of one column `id`, from 0 on: order after order, `whole` of them over 700 days. A later batch has the same orders with
    other amounts, a second later.
    """
    return f"""
        SELECT
          printf('%010d', id) AS order_id,
          CASE WHEN hash(id) % 10 < 4 THEN 'C0000000' ELSE printf('C%07d', hash(id) % 200000) END AS customer_id,
          strftime(DATE '2024-01-01' + CAST(id * 700 // {whole} AS INTEGER), '%Y-%m-%d') AS order_date,
          ['completed', 'pending', 'cancelled'][1 + id % 3] AS status,
          ['EUR', 'USD'][1 + id % 2] AS currency,
          CAST(CAST((hash(id, {batch}) % 1000000) / 100 AS DECIMAL(12, 2)) AS VARCHAR) AS amount,
          CAST(1 + id % 7 AS BIGINT) AS items,
          ['USA', 'DEU', 'FRA', 'GBR'][1 + id % 4] AS country,
          printf('customer%d@example.com', hash(id) % 200000) AS email,
          md5(CAST(id AS VARCHAR)) || md5(CAST(id + 1 AS VARCHAR)) AS note,
          id % 10 = 0 AS is_gift,
          strftime(TIMESTAMP '2024-01-01' + to_seconds({batch}), '%Y-%m-%d %H:%M:%S.000000+00') AS updated_at
        FROM ({ids})"""


def land(lake: LakeBucket, seq: int, rows: str, scratch: Path, *, complete: bool = False) -> Row:
    """
    Lands the rows of a query as one object, with the hash that docs/reference/shapes.md says; `complete`: they are all that the source
    has. Answers the batch as a run's plan names it.
    """
    file = scratch / f"{lake.bucket}-{seq}.parquet"
    connection = duckdb.connect()
    connection.execute(f"COPY ({rows}) TO '{file}' (FORMAT parquet, COMPRESSION zstd)")
    texts = [f"coalesce(strlen({name}::VARCHAR) || ':' || {name}::VARCHAR || ',', '-,')" for name in COLUMNS]
    halves = [f"sum(('0x' || substr(h, {start}, 16))::UBIGINT)" for start in (1, 17)]
    counted = connection.execute(
        f"SELECT count(*), {', '.join(halves)} FROM (SELECT md5({' || '.join(texts)}) AS h FROM '{file}')"
    ).fetchone()
    assert counted is not None
    count, high, low = counted
    digest = f"{int(high) % 2**64:016x}{int(low) % 2**64:016x}"
    folder = f"landing/{DATASET}/batch={seq:010d}"
    lake.put(f"{folder}/rows-0001.parquet", file.read_bytes())
    landed = {"key": f"{folder}/rows-0001.parquet", "role": "rows", "rows": count, "hash": digest, "chunk": "rows-0001"}
    manifest = {
        "mode": "incremental",
        "bounds": {"lower": None, "upper": None},
        "complete": complete,
        "plannedAt": "2024-06-01T00:00:00.000Z",
    }
    types = {name: type_ for name, (_, type_) in COLUMNS.items()}
    return {**lake.put_manifest(DATASET, seq, types, [landed], source="postgres", **manifest), "after": seq - 1 or None}


def duckdb_load(landed: Path, scratch: Path) -> None:
    """The same types and dedupe, and nearly the same rules, over the same Parquet file, into one Parquet file on disk."""
    typed = ", ".join(f"TRY_CAST({name} AS {DUCKDB.get(type_, type_)}) AS {name}" for name, (type_, _) in COLUMNS.items())
    newest = "QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) = 1"
    file = scratch / "duckdb.parquet"
    duckdb.connect().execute(f"COPY (FROM (SELECT {typed} FROM '{landed}') WHERE {GOOD} {newest}) TO '{file}' (COMPRESSION zstd)")
