"""
Gives an operation the values that it left as they were and the source did not send: those of the operation on the same key before it in the
batch, else of the table's row. Where neither has them, or a newer version than the table's is set aside, `_no_base` says so, and the row is
set aside, too: a value is never nulled in silence, nor taken from a version that is not the last.
"""

from __future__ import annotations

import re
from typing import Any, Callable

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from medallion.change_rows import KEPT, NO_BASE, POSITION
from medallion.contract_text import KEY_TEXT, PREFIX
from medallion.few_rows import rows_of_keys, to_all_executors
from medallion.load_mode import lands_changes
from medallion.row_hash import plain_decimal
from medallion.typed_rows import typed_column


def with_kept_values(
    texts: DataFrame, silver: DataFrame, set_aside: Callable[[], DataFrame | None], contract: dict[str, Any], few: bool
) -> DataFrame:
    """`texts`: as `with_texts` makes them. `set_aside`: asks for the `key` texts of which quarantine holds an open row."""
    if not lands_changes(contract):
        return texts
    names = texts.columns
    if texts.where(F.col(KEPT).isNotNull()).isEmpty():
        return texts.withColumn(NO_BASE, F.lit(False))
    bases = _bases(texts, silver, set_aside(), contract, few)
    rows = texts.join(to_all_executors(bases, few), KEY_TEXT, "left").withColumn("_kept_names", F.from_json(KEPT, "array<string>"))
    before = Window.partitionBy(KEY_TEXT).orderBy(POSITION).rowsBetween(Window.unboundedPreceding, Window.currentRow)
    filled: dict[str, Column] = {}
    missing = F.lit(False)
    for text, names_at_source in _fillable(texts, contract).items():
        kept = F.coalesce(F.arrays_overlap("_kept_names", F.array(*map(F.lit, names_at_source))), F.lit(False))
        known = F.last(F.when(~kept, F.struct(F.col(f"`{text}`").alias("value"))), ignorenulls=True).over(before)
        base = F.when(F.col("_base").isNotNull(), F.struct(F.col("_base")[text].alias("value")))
        filled[text] = F.coalesce(known, base)["value"]
        missing = missing | (kept & F.coalesce(known, base).isNull())
    return rows.select(*[filled[name].alias(name) if name in filled else F.col(f"`{name}`") for name in names], missing.alias(NO_BASE))


def _fillable(texts: DataFrame, contract: dict[str, Any]) -> dict[str, list[str]]:
    """The columns that hold texts, with the names by which the source may say that it kept them: the contract's, and those that evolve."""
    own = {PREFIX + each["name"]: [each["name"], *each.get("aliases", [])] for each in contract["columns"]}
    named = {name for names in own.values() for name in names}
    others = {name: [name] for name, type_ in texts.dtypes if type_ == "string" and not name.startswith("_") and name not in named}
    return {text: names for text, names in {**own, **others}.items() if text not in [PREFIX + key for key in contract["key"]]}


def _bases(texts: DataFrame, silver: DataFrame, set_aside: DataFrame | None, contract: dict[str, Any], few: bool) -> DataFrame:
    """The table's rows of the keys that keep values, as texts: `_base` by `_key_text`."""
    key = [each for each in contract["columns"] if each["name"] in contract["key"]]
    asking = texts.where(F.col(KEPT).isNotNull()).select(KEY_TEXT, *map(typed_column, key)).distinct()
    if set_aside is not None:
        asking = asking.join(set_aside.withColumnRenamed("key", KEY_TEXT), KEY_TEXT, "left_anti")
    near = rows_of_keys(silver, asking.select(*contract["key"]), few)
    types = dict(silver.dtypes)
    values = [_text_of(name, types).alias(text) for text, (name, *_) in _fillable(texts, contract).items()]
    return near.select(*contract["key"], F.struct(*values).alias("_base")).join(asking, contract["key"]).select(KEY_TEXT, "_base")


def _text_of(name: str, types: dict[str, str]) -> Column:
    """A value of the table as a text that types to the same value again."""
    type_ = types.get(name)
    column = F.col(f"`{name}`")
    if type_ is None:
        return F.lit(None).cast("string")
    if type_ == "binary":
        return F.concat(F.lit("\\x"), F.lower(F.hex(column)))
    decimal = re.match(r"decimal\(\d+,\s*(\d+)\)$", type_)
    if decimal:
        return plain_decimal(column, int(decimal.group(1)))
    if type_.startswith(("array<", "struct<", "map<")):
        return F.to_json(column)
    return column.cast("string")
