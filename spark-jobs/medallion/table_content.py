"""
What a Silver table holds by content: rows and layer hash of its rows' content hashes. Carried from commit to commit:
content after == content before + what the commit adds - what it takes away, batch by batch; the table is not read again for it.
"""

from __future__ import annotations

from typing import Any, Dict, NamedTuple

from pyspark.sql import DataFrame, SparkSession

from medallion.content_hash import CONTENT_HASH
from medallion.delta_table import metadata_back, version_of
from medallion.row_hash import layer_hash, layer_hash_parts


class Sums(NamedTuple):
    """Rows, and the sums of the two halves of their hashes."""

    rows: int
    high: int
    low: int

    def plus(self, other: Sums) -> Sums:
        return Sums(self.rows + other.rows, self.high + other.high, self.low + other.low)

    def minus(self, other: Sums) -> Sums:
        return Sums(self.rows - other.rows, self.high - other.high, self.low - other.low)

    def said(self) -> dict[str, Any]:
        return {"rows": self.rows, "hash": layer_hash(self.high, self.low)}


NONE = Sums(0, 0, 0)
# By the batch in whose rows they are.
ByBatch = Dict[int, Sums]


class ContentBefore(NamedTuple):
    total: Sums
    # Only where no commit says what the table held, or says it of hashes that are no longer: what was found in it.
    measured: ByBatch | None


def content_before(session: SparkSession, table: str, silver: DataFrame, anew: bool) -> ContentBefore:
    """`silver`: the table's rows as they stand, before the commit. `anew`: they are read, whatever the commits before say."""
    version = version_of(session, table)
    if version < 0:
        return ContentBefore(NONE, None)
    told = None if anew else content_told(session, table, version)
    if told is not None:
        return ContentBefore(told, None)
    measured = {row["_batch"]: sums_of(row) for row in silver.groupBy("_batch").agg(*layer_hash_parts(CONTENT_HASH)).collect()}
    return ContentBefore(_total(measured), measured)


def content_said(before: ContentBefore, changes: ByBatch) -> dict[str, Any]:
    """As the results, the commit's metadata and the receipt say it. A batch that lost as much as it gained is left out."""
    after = before.total.plus(_total(changes))
    said: dict[str, Any] = {"before": before.total.said(), "changes": _by_batch(changes), "after": after.said()}
    return said if before.measured is None else dict(said, measured=_by_batch(before.measured))


def sums_of(row: Any, of: str = "") -> Sums:
    """Of a row of `layer_hash_parts`."""
    return Sums(row[of + "rows"], int(row[of + "high"]), int(row[of + "low"]))


def content_told(session: SparkSession, table: str, version: int) -> Sums | None:
    """
    By the newest commit that says it. Others that are not the pipeline's loads change nothing of what is told: who alters rows beside the
    pipeline is found out by that.
    """
    for metadata in metadata_back(session, table, version):
        if "content" in metadata:
            after = metadata["content"]["after"]
            return Sums(after["rows"], int(after["hash"][:16], 16), int(after["hash"][16:], 16))
        if "upgradedTo" in metadata:
            return None
    return None


def _total(by_batch: ByBatch) -> Sums:
    total = NONE
    for sums in by_batch.values():
        total = total.plus(sums)
    return total


def _by_batch(by_batch: ByBatch) -> dict[str, Any]:
    said = {str(batch): by_batch[batch].said() for batch in sorted(by_batch)}
    return {batch: sums for batch, sums in said.items() if sums != NONE.said()}
