"""The contracts are what the Open Data Contract Standard says a contract is, by the standard's own schema and model."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import open_data_contract_standard
import pytest
import yaml
from jsonschema import Draft201909Validator
from open_data_contract_standard.model import OpenDataContractStandard

CONTRACTS = Path(__file__).parents[2] / "contracts"
each_contract = pytest.mark.parametrize("path", sorted(CONTRACTS.glob("*/*.yaml")), ids=lambda path: f"{path.parent.name}/{path.stem}")


def problems(contract: dict[str, Any]) -> list[str]:
    schema = json.loads(files(open_data_contract_standard).joinpath("schema.json").read_text(encoding="utf-8"))
    return [f"{error.json_path}: {error.message}" for error in Draft201909Validator(schema).iter_errors(contract)]


@each_contract
def test_a_contract_has_nothing_that_the_standard_refuses(path: Path) -> None:
    assert problems(yaml.safe_load(path.read_text(encoding="utf-8"))) == []


def test_a_type_that_the_standard_does_not_know_is_found() -> None:
    contract = yaml.safe_load((CONTRACTS / "postgres/users.yaml").read_text(encoding="utf-8"))
    contract["schema"][0]["properties"][0]["logicalType"] = "banana"
    assert [problem.split(":")[0] for problem in problems(contract)] == ["$.schema[0].properties[0].logicalType"]


@each_contract
def test_a_contract_is_valid_and_says_what_a_reader_needs(path: Path) -> None:
    contract = OpenDataContractStandard.from_string(path.read_text(encoding="utf-8"))
    assert (contract.apiVersion, contract.kind, contract.id) == ("v3.2.0", "DataContract", f"{path.parent.name}.{path.stem}")
    assert contract.description and contract.description.purpose
    assert contract.support
    assert contract.team and [each.username for each in contract.team.members or [] if each.role == "owner"]
    assert contract.schema_
    properties = contract.schema_[0].properties or []
    assert [each.name for each in properties if not (each.description and each.classification and each.logicalType)] == []
