"""Does once what every step does, on a table of its own in a local folder, so that the first step finds Delta's classes loaded."""

from __future__ import annotations

from pathlib import Path

from pyspark.sql import SparkSession


def warm_up(session: SparkSession, scratch: Path) -> None:
    own = session.newSession()
    table = f"file://{scratch}/warm-up"
    rows = own.range(4).selectExpr(
        "id", "md5(CAST(id AS string)) AS hash", "CAST(id AS decimal(12,2)) AS amount", "current_timestamp() AS at"
    )
    rows.write.format("delta").option("delta.enableChangeDataFeed", "true").save(table)
    rows.selectExpr("id + 2 AS id", "hash", "amount", "at").createOrReplaceTempView("changes")
    own.sql(
        f"MERGE INTO delta.`{table}` t USING changes s ON t.id = s.id "
        "WHEN MATCHED AND s.hash IS NULL THEN DELETE WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    ).collect()
    own.read.format("delta").load(table).groupBy("hash").count().collect()
