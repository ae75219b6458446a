"""The job finds what a model reads without a parser, since a cluster has none; a parser finds the same."""

from pathlib import Path

import medallion
import pytest
from medallion.gold_models import levels_of, model_of
from medallion.run_log import RUN_LOG

from cli.lineage.column_lineage import inputs_of, level_of

MODELS = {file.stem: file.read_text() for file in sorted((Path(medallion.__file__).parent / "gold").glob("*.sql"))}


@pytest.mark.parametrize("name", MODELS)
def test_the_job_sees_the_tables_that_a_parser_sees(name: str) -> None:
    model = model_of(name, MODELS[name], {})
    seen = [f"silver.{table}" for table in model.silver] + [f"gold.{table}" for table in model.gold]
    assert sorted(seen) == inputs_of(MODELS[name])


def test_models_are_built_in_the_order_of_their_levels() -> None:
    models = {name: model_of(name, sql, {}) for name, sql in MODELS.items()}
    silver = {table for model in models.values() for table in model.silver}
    order = {name: level for level, names in enumerate(levels_of(models, silver, {RUN_LOG})) for name in names}
    inputs = {name: inputs_of(sql) for name, sql in MODELS.items()}
    assert order == {name: level_of(name, inputs) for name in MODELS}
