"""Gold made by touched keys equals Gold made whole: the real models by their real contracts, over random changes of Silver."""

import json
import subprocess
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import CHECKOUT
from lake_bucket import LakeBucket, Row
from random_silver import RandomSilver

COMPILED = "import { compileContracts } from './infra/contracts/compile.ts'; console.log(JSON.stringify(compileContracts('contracts')))"


@pytest.fixture(scope="module")
def contracts() -> Any:
    node = CHECKOUT / "node_modules" / ".bin" / "node"
    return json.loads(subprocess.check_output([node, "--input-type=module", "--eval", COMPILED], cwd=CHECKOUT))


def test_after_random_changes_each_model_is_what_a_build_of_the_whole_makes(
    lake: LakeBucket, lakes: Iterator[LakeBucket], contracts: Any
) -> None:
    by_key = {name for name in models(contracts) if "incremental" in contracts["gold"][name]}
    silver = RandomSilver(lake, contracts["datasets"], seed=1)
    silver.fill()
    build(lake, contracts, 1, silver.versions())
    moved: set[str] = set()
    for n in range(2, 5):
        silver.change()
        built = {name: result for name, result in build(lake, contracts, n, silver.versions()).items() if not result.get("unchanged")}
        assert {name: result["why"] for name, result in built.items() if name in by_key and result["built"] != "keys"} == {}
        moved |= {name for name in by_key & set(built) if built[name]["changed"]}
    assert moved == by_key
    whole = next(lakes)
    lake.copy("silver/", whole)
    assert {result["built"] for result in build(whole, contracts, 1, silver.versions()).values()} == {"whole"}
    assert differences(lake, whole, models(contracts)) == {}


def build(lake: LakeBucket, contracts: Any, n: int, versions: dict[str, int]) -> dict[str, Row]:
    for name in models(contracts):
        lake.gold_contract(contracts["gold"][name])
    pinned = {"n": n, "inputs": {name: {"version": version} for name, version in versions.items()}, "whole": []}
    results: dict[str, Row] = lake.run(layers=("gold",), gold=pinned)["gold"]["datasets"]
    assert {name: result["cause"] for name, result in results.items() if result["status"] != "ok"} == {}
    assert set(results) == set(models(contracts))
    return results


def models(contracts: Any) -> list[str]:
    """All but the table that tells of builds, and is made by no SQL."""
    return [name for name in contracts["gold"] if name not in ("data_as_of", "run_log", "pipeline_kpis")]


def differences(lake: LakeBucket, whole: LakeBucket, names: list[str]) -> dict[str, list[str]]:
    found = {}
    for name in names:
        rows, expected = (Counter(map(repr, each.table("gold", name))) for each in (lake, whole))
        found[name] = [f"too much: {row}" for row in rows - expected] + [f"missing: {row}" for row in expected - rows]
    return {name: rows for name, rows in found.items() if rows}
