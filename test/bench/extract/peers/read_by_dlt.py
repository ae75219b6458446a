"""dlt as it comes: its source for SQL databases into Parquet files in a folder."""

import os
import sys

import dlt
from dlt.sources.sql_database import sql_table
from taken import say

address, table, folder = sys.argv[1:]
os.environ.update(RUNTIME__DLTHUB_TELEMETRY="false", DLT_DATA_DIR=f"{folder}/dlt")
to = dlt.destinations.filesystem(bucket_url=f"file://{folder}/lake")
pipeline = dlt.pipeline(f"read_{table}", destination=to, dataset_name="bench", pipelines_dir=f"{folder}/pipelines")
pipeline.run(
    sql_table(credentials=address.replace("postgresql:", "postgresql+psycopg2:"), table=table),
    loader_file_format="parquet",
    write_disposition="replace",
)
say(sum(each for name, each in pipeline.last_trace.last_normalize_info.row_counts.items() if name == table))
