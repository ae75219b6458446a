"""ADBC's driver for PostgreSQL, batch by batch to a Parquet file on disk."""

import sys

import adbc_driver_postgresql.dbapi
import pyarrow.parquet
from taken import say

address, table, file = sys.argv[1:]
rows = 0
with adbc_driver_postgresql.dbapi.connect(address) as connection, connection.cursor() as cursor:
    cursor.execute(f"SELECT * FROM {table}")
    reader = cursor.fetch_record_batch()
    with pyarrow.parquet.ParquetWriter(file, reader.schema, compression="zstd") as writer:
        for batch in reader:
            writer.write_batch(batch)
            rows += batch.num_rows
say(rows)
