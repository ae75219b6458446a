"""Copies a Delta table into a Parquet file with `deltalake`, a reader that is not Spark: `read_delta.py <endpoint> <s3 address> <file>`."""

import os
import sys

import pyarrow.parquet as pq
from deltalake import DeltaTable

endpoint, address, file = sys.argv[1:]
table = DeltaTable(
    address,
    storage_options={
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",
    },
)
pq.write_table(table.to_pyarrow_table(), file)
# The threads of the reader have been seen to abort the process while the interpreter takes itself apart.
os._exit(0)
