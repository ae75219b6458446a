"""
Says by what the rows of a Silver table are ordered, and since which batch. Every commit says it. Where another load mode or column orders
them, or positions count from elsewhere, as those of a topic that was made anew do, an order begins: what the table has from before is older
than whatever comes in it, though its numbers may be higher.
"""

from __future__ import annotations

from typing import Any, Dict, NamedTuple

from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

from medallion.delta_table import metadata_back, version_of
from medallion.landed_batch import landed_in
from medallion.load_mode import has_operations, has_records, is_snapshot, ordering_column
from medallion.run_plan import Batch
from medallion.taken_back import takes_back

Contract = Dict[str, Any]


class RowOrder(NamedTuple):
    """`since`: the batch that it began with. `is_new`: the batch at hand is not known to go on with it."""

    by: str
    since: int
    is_new: bool = False

    def said(self) -> dict[str, Any]:
        """As the commit's metadata says it."""
        return {"by": self.by, "since": self.since}


def row_order(session: SparkSession, table: str, batch: Batch, manifest: dict[str, Any], contract: Contract) -> RowOrder:
    names, told = _names(contract), _told(session, table)
    before = told or RowOrder(names[0], 0)
    # Of a table that no commit tells of, a snapshot may follow what another load mode brought.
    counts_anew = (manifest["complete"] and has_operations(contract)) or (told is None and is_snapshot(contract))
    is_new = counts_anew or before.by not in names
    if takes_back(manifest):
        # Its rows are of before, so no order begins with them.
        return before._replace(is_new=is_new)
    return RowOrder(names[0], batch.seq if is_new or is_snapshot(contract) else before.since, is_new)


def older_before(order: RowOrder, manifest: dict[str, Any], contract: Contract) -> Column:
    """Of each row of the batch, the batch before which the table's rows are older than it, whatever their sequences."""
    if not (takes_back(manifest) and ordering_column(contract)):
        return F.lit(order.since)
    # A row that was set aside before the order began may be older than what the table had by then: nothing says which came first.
    return F.when(landed_in() >= order.since, order.since).otherwise(0)


def _names(contract: Contract) -> list[str]:
    """Of the order, today's first: a column of numbers may have had others. Times of two columns are on one scale."""
    name = ordering_column(contract)
    if name is None:
        return ["batch" if is_snapshot(contract) else "offset" if has_records(contract) else "position"]
    column = next(each for each in contract["columns"] if each["name"] == name)
    if column["type"] in ("timestamp", "date"):
        return ["time"]
    return [f"column {each}" for each in [name, *column.get("aliases", [])]]


def _told(session: SparkSession, table: str) -> RowOrder | None:
    """None where no commit says it: that of the last batch was made before commits did, or there is none."""
    for metadata in metadata_back(session, table, version_of(session, table)):
        if "order" in metadata:
            return RowOrder(**metadata["order"])
        if "content" in metadata:
            return None
    return None
