"""
The straightforward way, to compare with: each table read whole and overwritten. The batch's rows are typed and checked, the newest of each
key is kept; not kept are rows that break rules, hashes and receipts.
"""

from __future__ import annotations

from bench_gold import MODELS
from bench_table import COLUMNS, DATASET, GOOD
from lake_bucket import LakeBucket
from pyspark.sql import SparkSession


def overwritten_silver(session: SparkSession, lake: LakeBucket, seq: int) -> None:
    names = ", ".join(COLUMNS)
    session.read.format("delta").load(f"{lake.address}/silver/{DATASET}").select(*COLUMNS).createOrReplaceTempView("whole")
    landed = session.read.parquet(f"{lake.address}/landing/{DATASET}/batch={seq:010d}/rows-0001.parquet")
    landed.selectExpr(*[f"CAST({name} AS {type_}) AS {name}" for name, (type_, _) in COLUMNS.items()]).createOrReplaceTempView("batch")
    newest = session.sql(
        f"SELECT {names} FROM (SELECT *, row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) AS place"
        f" FROM (SELECT * FROM whole UNION ALL SELECT {names} FROM batch WHERE {GOOD})) WHERE place = 1"
    )
    newest.write.format("delta").mode("overwrite").save(f"{lake.address}/overwritten/{DATASET}")


def overwritten_gold(session: SparkSession, lake: LakeBucket) -> None:
    """From the Silver overwritten before."""
    below = f"{lake.address}/overwritten/{DATASET}"
    for model, sql in MODELS.items():
        session.read.format("delta").load(below).createOrReplaceTempView("below")
        rows = session.sql(sql.replace("silver.orders", "below").replace("gold.order_facts", "below"))
        below = f"{lake.address}/overwritten/{model}"
        rows.write.format("delta").mode("overwrite").save(below)
