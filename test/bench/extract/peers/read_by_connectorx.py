"""connectorx, in two partitions of the key, to a Parquet file on disk."""

import sys

import connectorx
import pyarrow.parquet
from taken import say

address, table, file = sys.argv[1:]
rows = connectorx.read_sql(address, f"SELECT * FROM {table}", partition_on="id", partition_num=2, return_type="arrow")
pyarrow.parquet.write_table(rows, file, compression="zstd")
say(rows.num_rows)
