"""Copies Delta tables into Parquet by `deltalake`, a reader that is not Spark: `read_delta.py <endpoint> (<s3 address> <file>)…`."""

import os
import sys

import pyarrow.parquet as pq
from delta_storage import storage
from deltalake import DeltaTable

endpoint, *places = sys.argv[1:]
for address, file in zip(places[::2], places[1::2], strict=True):
    pq.write_table(DeltaTable(address, storage_options=storage(endpoint)).to_pyarrow_table(), file)
# The threads of the reader have been seen to abort the process while the interpreter takes itself apart.
os._exit(0)
