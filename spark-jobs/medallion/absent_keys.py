"""Decides from what the keys are known that the source has: a key of Silver that is not among them was deleted there."""

from __future__ import annotations

from typing import Any

from pyspark.sql import DataFrame, SparkSession

from medallion.contract_text import with_texts
from medallion.landed_batch import has_keys, landed_keys
from medallion.load_mode import first_wins
from medallion.run_plan import Batch
from medallion.typed_rows import typed_column


def present_keys(
    session: SparkSession, batch: Batch, manifest: dict[str, Any], rows: DataFrame, contract: dict[str, Any]
) -> DataFrame | None:
    """
    None when absence says nothing: the batch has only what changed, or rows of the dataset are never deleted.
    A row that is set aside is still there at the source, so its key counts as present.
    """
    key = contract["key"]
    if first_wins(contract):
        return None
    if has_keys(manifest):
        columns = [each for each in contract["columns"] if each["name"] in key]
        texts = with_texts(landed_keys(session, batch, manifest, columns), dict(contract, columns=columns))
        # A key that came with the rows and went before the keys were read is the next batch's to delete.
        return texts.select(*[typed_column(each) for each in columns]).unionByName(rows.select(*key))
    return rows.select(*key) if manifest["complete"] else None
