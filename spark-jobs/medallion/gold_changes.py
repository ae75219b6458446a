"""
Finds which keys of a Gold model the changes of its inputs touch, by what its contract says of each input:

same     the input has the model's key: the keys of the changed rows are touched, and only rows of touched keys are read
a query  answers the touched keys, from the table `changed` and the inputs as they are now

The model is made whole where a change feed is gone (vacuumed, restored, written under another schema) or its contract does not speak of an
input that has changed.
"""

from __future__ import annotations

from functools import reduce
from typing import Any, NamedTuple

from py4j.protocol import Py4JJavaError
from pyspark.errors.exceptions.captured import CapturedException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion.few_rows import FEW
from medallion.gold_models import over_views
from medallion.key_bounds import Bound, bounded, bounds_in, ends

SAME = "same"
CHANGED = "changed"


class Input(NamedTuple):
    """
    Where an input lies, and the versions in which its rows became what the model was made from last (-1: none) and is made from now.
    `at`: the version to read them in, which maintenance may have written since.
    """

    layer: str
    name: str
    table: str
    before: int
    now: int
    at: int

    @property
    def full_name(self) -> str:
        return f"{self.layer}.{self.name}"


class Touched(NamedTuple):
    """
    `keys` is None where the model is to be made whole, and `why` says the reason. `few`: as few_rows.py says; `bounds`: between which the
    keys lie.
    """

    keys: DataFrame | None
    why: str
    few: bool = False
    bounds: tuple[Bound, ...] = ()


def touched_keys(session: SparkSession, inputs: list[Input], contract: dict[str, Any]) -> Touched:
    """The inputs are views under their names."""
    incremental = contract.get("incremental")
    if incremental is None:
        return Touched(None, "its contract says nothing of changes")
    types = {each["name"]: each["type"] for each in contract["columns"]}
    keys = [session.range(0).selectExpr(*[f"CAST(NULL AS {types[name]}) AS `{name}`" for name in incremental["key"]])]
    for each in [each for each in inputs if each.before != each.now]:
        how = incremental["inputs"].get(each.full_name)
        if how is None:
            return Touched(None, f"{each.full_name} changed, of which its contract says nothing")
        feed = _feed(session, each)
        if feed is None:
            return Touched(None, f"{each.full_name} changed, and its changes since version {each.before} are gone")
        keys.append(_keys(session, feed, how, incremental["key"]))
    touched = reduce(DataFrame.unionByName, keys).distinct().localCheckpoint(eager=False)
    types = bounded(touched, incremental["key"])
    found = touched.agg(F.count(F.lit(1)).alias("keys"), *ends(types)).collect()[0].asDict()
    return Touched(touched, "", found["keys"] <= FEW, tuple(bounds_in(found, types)))


def _keys(session: SparkSession, feed: DataFrame, how: str, key: list[str]) -> DataFrame:
    if how == SAME:
        return feed.select(*key)
    feed.createOrReplaceTempView(CHANGED)
    return session.sql(over_views(how)).select(*key)


def _feed(session: SparkSession, each: Input) -> DataFrame | None:
    """Every changed row as it was and as it became. Read at once, since files that are gone are missed only then."""
    if each.now < each.before or each.before < 0:
        return None
    feed = session.read.format("delta").option("readChangeFeed", "true")
    try:
        return feed.option("startingVersion", each.before + 1).option("endingVersion", each.now).load(each.table).localCheckpoint()
    except (CapturedException, Py4JJavaError):
        return None
