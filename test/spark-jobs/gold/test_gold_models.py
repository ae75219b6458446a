"""Each Gold model over a few rows: a YAML beside this file gives its inputs and the rows that it has to make of them."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import KEY
from medallion.gold_models import model_of, over_views, view_of
from medallion.pseudonyms import Pseudonyms
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

MODELS = Path(__file__).parents[3] / "spark-jobs" / "medallion" / "gold"
CASES = sorted(Path(__file__).parent.glob("*.yaml"))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_a_model_makes_these_rows_of_these_inputs(case: Path, session: SparkSession) -> None:
    told = yaml.safe_load(case.read_text(encoding="utf-8"))
    model = model_of(case.stem, (MODELS / f"{case.stem}.sql").read_text(encoding="utf-8"), {})
    own = session.newSession()
    own.conf.set("spark.sql.session.timeZone", "UTC")
    Pseudonyms(KEY).give_to(own)
    for table, view in told["inputs"].items():
        own.sql(_values(view)).createOrReplaceTempView(view_of(*table.split(".")))
    columns = [F.col(name).cast("string") for name in told["columns"]]
    made = own.sql(over_views(model.sql)).where(told.get("where", "true")).select(*columns)
    assert sorted((list(row) for row in made.collect()), key=str) == sorted(told["rows"], key=str)


def _values(view: dict[str, Any]) -> str:
    rows = ", ".join("({})".format(", ".join(map(_typed, row, view["columns"].values()))) for row in view["rows"])
    return "SELECT * FROM VALUES {} AS given({})".format(rows, ", ".join(f"`{name}`" for name in view["columns"]))


def _typed(text: str | None, type_: str) -> str:
    if text is None:
        return f"CAST(NULL AS {type_})"
    return f"from_json('{text}', '{type_}')" if type_.startswith("array<") else f"CAST('{text}' AS {type_})"
