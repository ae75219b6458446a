"""
Says by what the rows of a Silver table are ordered, and since which batch. Every commit says it. Where another load mode or column orders
them, or positions count from elsewhere, as those of a topic that was made anew do, an order begins: what the table has from before is older
than whatever comes in it, though its numbers may be higher.
"""

from __future__ import annotations

from typing import Any, Dict, NamedTuple

from pyspark.sql import SparkSession

from medallion.delta_table import metadata_back, version_of
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
    names = _names(contract)
    told = _told(session, table) or RowOrder(names[0], 0)
    counts_anew = is_snapshot(contract) or (manifest["complete"] and has_operations(contract))
    is_new = counts_anew or told.by not in names
    if takes_back(manifest):
        # Its rows are of before, so no order begins with them.
        return told._replace(is_new=is_new)
    return RowOrder(names[0], batch.seq if is_new else told.since, is_new)


def older_before(order: RowOrder, manifest: dict[str, Any], contract: Contract) -> int:
    """The batch before which the table's rows are older than those of the batch at hand, whatever their sequences."""
    # By a column a row may be set aside while a newer one is taken: nothing says then which of the two another order told of first.
    return 0 if takes_back(manifest) and ordering_column(contract) else order.since


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
