"""The contracts are what the Open Data Contract Standard says a contract is, by the standard's own model."""

from pathlib import Path

import pytest
from open_data_contract_standard.model import OpenDataContractStandard

CONTRACTS = Path(__file__).parents[2] / "contracts"


@pytest.mark.parametrize("path", sorted(CONTRACTS.glob("*/*.yaml")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_contract_is_valid_and_says_what_a_reader_needs(path: Path) -> None:
    contract = OpenDataContractStandard.from_string(path.read_text(encoding="utf-8"))
    assert (contract.apiVersion, contract.kind, contract.id) == ("v3.2.0", "DataContract", f"{path.parent.name}.{path.stem}")
    assert contract.description and contract.description.purpose
    assert contract.support
    assert contract.schema_
    properties = contract.schema_[0].properties or []
    assert [each.name for each in properties if not (each.description and each.classification and each.logicalType)] == []
