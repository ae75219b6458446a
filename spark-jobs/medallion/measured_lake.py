"""
Measures what landing, Bronze, Silver and quarantine of datasets hold, batch by batch: rows, and hashes worked out anew from the values.
Decides nothing: `etl receipts verify` holds it against the receipts.
"""

from __future__ import annotations

from typing import Any, Dict
from urllib.parse import unquote

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion.content_hash import CONTENT_HASH, content_hash
from medallion.delta_table import version_of
from medallion.each_apart import each_apart
from medallion.lake_objects import read_json, write_json
from medallion.landed_batch import landed_in, read_landed
from medallion.row_hash import layer_hash_parts, row_hash
from medallion.table_content import sums_of

Json = Dict[str, Any]
# A row that is not what its own hash says, and one whose raw row is not in Bronze.
WRONG, UNKNOWN = "wrong", "unknown"


def measure_lake(plan_address: str) -> None:
    session = SparkSession.builder.getOrCreate()
    plan = read_json(session, plan_address)
    datasets = {each["dataset"]: each for each in plan["datasets"]}
    measured = each_apart(session, "verify", list(datasets), lambda own, name: measure(own, plan["lake"], datasets[name]))
    write_json(session, plan["measured"], measured)


def measure(session: SparkSession, lake: str, planned: Json) -> Json:
    """`planned["schemas"]`: what landed with the same columns, `from` one batch `to` another."""
    # A file that is gone or cannot be read has no rows: it is found by that.
    for what in ("Corrupt", "Missing"):
        session.conf.set(f"spark.sql.files.ignore{what}Files", "true")
    bronze, silver, quarantine = [_table(session, f"{lake}/{layer}/{planned['dataset']}") for layer in ("bronze", "silver", "quarantine")]
    return {
        "landing": _landing(session, planned["schemas"]),
        "bronze": {} if bronze is None else _by_batch(_with_wrong(bronze, _raw_hash(planned["schemas"]), "_row_hash")),
        "silver": {}
        if silver is None
        else _by_batch(_with_unknown(_with_wrong(silver, content_hash(silver.schema), CONTENT_HASH), bronze)),
        "quarantine": {} if quarantine is None else _by_batch(_with_unknown(quarantine.withColumn("_hash", F.col("_row_hash")), bronze)),
    }


def _table(session: SparkSession, table: str) -> DataFrame | None:
    return session.read.format("delta").load(table) if version_of(session, table) >= 0 else None


def _landing(session: SparkSession, schemas: list[Json]) -> Json:
    """By the object's address."""
    found: Json = {}
    for schema in schemas:
        for role in ("rows", "keys"):
            columns, addresses = schema[role]["columns"], schema[role]["objects"]
            if addresses:
                rows = read_landed(session, addresses, columns).withColumn("_hash", row_hash(columns))
                measured = rows.groupBy("_object").agg(*layer_hash_parts("_hash")).collect()
                found.update({unquote(each["_object"]): sums_of(each).said() for each in measured})
    return found


def _raw_hash(schemas: list[Json]) -> Column:
    """With the columns with which the row landed; its object tells the batch, also of a row that was taken back from quarantine."""
    with_columns = [F.when(landed_in().between(each["from"], each["to"]), row_hash(each["rows"]["columns"])) for each in schemas]
    return F.coalesce(*with_columns) if with_columns else F.lit(None).cast("string")


def _with_wrong(rows: DataFrame, hash_: Column, told: str) -> DataFrame:
    kept = F.col(told) if told in rows.columns else F.lit(None).cast("string")
    return rows.withColumn("_hash", hash_).withColumn(WRONG, ~F.col("_hash").eqNullSafe(kept))


def _with_unknown(rows: DataFrame, bronze: DataFrame | None) -> DataFrame:
    if bronze is None:
        return rows.withColumn(UNKNOWN, F.lit(True))
    raw = bronze.select("_batch", "_row_hash").distinct().withColumn("_in_bronze", F.lit(True))
    return rows.join(raw, ["_batch", "_row_hash"], "left").withColumn(UNKNOWN, F.col("_in_bronze").isNull())


def _by_batch(rows: DataFrame) -> Json:
    """Rows without a batch stand under the empty name."""
    counts = [F.count(F.when(F.col(name), 1)).alias(name) for name in (WRONG, UNKNOWN) if name in rows.columns]
    measured = rows.groupBy("_batch").agg(F.count(F.lit(1)).alias("all"), *layer_hash_parts("_hash"), *counts).collect()
    batches = {each["_batch"]: each.asDict() for each in measured}
    return {
        "" if batch is None else str(batch): dict(sums_of(each).said(), rows=each["all"], **_counted(each))
        for batch, each in batches.items()
    }


def _counted(row: Json) -> Json:
    return {name: row[name] for name in (WRONG, UNKNOWN) if name in row}
