"""Makes the rows of a Gold model from its pinned inputs, whole or of the touched keys alone, and checks them against the contract."""

from __future__ import annotations

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion.failure import JobError
from medallion.few_rows import rows_of_keys
from medallion.gold_changes import SAME, Input, Touched
from medallion.gold_models import GoldModel, over_views, view_of
from medallion.key_bounds import within


def show(session: SparkSession, inputs: list[Input], touched: Touched | None = None) -> None:
    """Each input as a view under its name, at its pinned version; where `touched` is given, of its keys alone."""
    for each in inputs:
        rows = session.read.format("delta").option("versionAsOf", each.at).load(each.table)
        of_touched(rows, touched).createOrReplaceTempView(view_of(each.layer, each.name))


def of_touched(rows: DataFrame, touched: Touched | None) -> DataFrame:
    if touched is None or touched.keys is None:
        return rows
    return rows_of_keys(within(rows, touched.bounds), touched.keys, touched.few)


def made_rows(session: SparkSession, model: GoldModel, inputs: list[Input], touched: Touched) -> DataFrame:
    """In the columns, types and order of the contract. The inputs are views under their names."""
    if touched.keys is not None:
        said = model.contract["incremental"]["inputs"]
        show(session, [each for each in inputs if said.get(each.full_name) == SAME], touched)
    made = session.sql(over_views(model.sql))
    missing = [each["name"] for each in model.contract["columns"] if each["name"] not in made.columns]
    if missing:
        raise JobError(
            "ColumnMissing",
            model.name,
            "the columns of the contract",
            "no {} in the SQL's answer".format(", ".join(missing)),
            f"select it in medallion/gold/{model.name}.sql, or take it out of contracts/gold/{model.name}.yaml",
        )
    rows = made.select(*[F.col(each["name"]).cast(each["type"]).alias(each["name"]) for each in model.contract["columns"]])
    return of_touched(rows, touched)


def checked_count(rows: DataFrame, model: GoldModel) -> int:
    """One row for each value of the grain, and no null where the contract requires a value."""
    grain: list[str] = model.contract["grain"]
    required = [each["name"] for each in model.contract["columns"] if each["required"]]
    nulls = [F.count(F.when(F.col(name).isNull(), 1)).alias("null " + name) for name in required]
    found = rows.agg(F.count(F.lit(1)).alias("rows"), F.countDistinct(F.struct(*grain)).alias("grains"), *nulls).collect()[0].asDict()
    if grain and found["grains"] != found["rows"]:
        remedy = f"look for a join that multiplies rows in medallion/gold/{model.name}.sql"
        raise JobError(
            "GrainBroken", model.name, "one row a {}".format(", ".join(grain)), "{rows} rows of {grains}".format(**found), remedy
        )
    empty = ["{} nulls in {}".format(found["null " + name], name) for name in required if found["null " + name]]
    if empty:
        raise JobError(
            "RequiredMissing",
            model.name,
            "a value in each required column",
            ", ".join(empty),
            f"see where they come from in medallion/gold/{model.name}.sql",
        )
    return int(found["rows"])
