"""Deletes rows of a Delta table behind the pipeline's back: `delete_rows.py <endpoint> <s3 address> <predicate>`."""

import os
import sys

from delta_storage import storage
from deltalake import DeltaTable

endpoint, address, predicate = sys.argv[1:]
deleted = DeltaTable(address, storage_options=storage(endpoint)).delete(predicate)["num_deleted_rows"]
print(deleted, flush=True)
# As in read_delta.py.
os._exit(0)
