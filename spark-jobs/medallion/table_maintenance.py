"""
Maintains one table: small files packed into few (by the order that its queries filter by, where the contract names one), then files that no
version within the retention reads removed. Its commits change no row, so change feeds and transaction ids stay as they are.
"""

from __future__ import annotations

import json

from pyspark.sql import SparkSession

from medallion.delta_table import MAINTENANCE, USER_METADATA, snapshot_of
from medallion.sql_literal import sql_literal
from medallion.table_files import SMALL_PART, TableFiles

# S3 deletes a thousand objects a request, and one request after the other would take hours on a table of millions.
PARALLEL_DELETE = "spark.databricks.delta.vacuum.parallelDelete.enabled"


def maintain_table(session: SparkSession, table: str, files: TableFiles, z_order: list[str], run: str, vacuum_hours: int) -> None:
    session.conf.set("spark.databricks.delta.optimize.maxFileSize", str(files.target))
    session.conf.set("spark.databricks.delta.optimize.minFileSize", str(files.target // SMALL_PART))
    session.conf.set(PARALLEL_DELETE, "true")
    session.conf.set(USER_METADATA, json.dumps({MAINTENANCE: run}))
    try:
        if z_order and files.unordered:
            session.sql(order_sql(session, table, files, z_order)).collect()
        if files.small or files.has_deletions:
            # Of a file with deletions Delta itself decides whether they are enough to write it anew.
            session.sql(f"OPTIMIZE delta.`{table}`").collect()
        session.sql(f"VACUUM delta.`{table}` RETAIN {vacuum_hours} HOURS").collect()
    finally:
        session.conf.unset(USER_METADATA)


def order_sql(session: SparkSession, table: str, files: TableFiles, z_order: list[str]) -> str:
    """Only the partitions where it is worth it: Z-ORDER writes all of one anew."""
    columns = ", ".join(f"`{name}`" for name in z_order)
    return f"OPTIMIZE delta.`{table}`{_where(session, table, files)} ZORDER BY ({columns})"


def _where(session: SparkSession, table: str, files: TableFiles) -> str:
    types = {field.name(): field.dataType().sql() for field in snapshot_of(session, table).metadata().partitionSchema().fields()}
    if not types:
        return ""
    each = [" AND ".join(_equals(name, values[name], type_) for name, type_ in types.items()) for values in files.unordered]
    return " WHERE " + " OR ".join(f"({condition})" for condition in each)


def _equals(name: str, value: str | None, type_: str) -> str:
    if value is None:
        return f"`{name}` IS NULL"
    return f"`{name}` = {sql_literal(value, type_)}"
