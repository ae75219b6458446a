"""
Decides which rules of its contract a row breaks: `_broken`, an array of {rule, column, action, value} in the order of the contract.
`value` is what may be shown, and in the clear where the contract allows a hash: that is made of rows set aside alone (quarantine.py).
"""

from __future__ import annotations

from typing import Any, Callable, Dict

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from medallion.change_rows import NO_BASE, is_delete
from medallion.compacted_records import OTHER_KEY
from medallion.contract_text import PREFIX, UNREADABLE
from medallion.known_values import missing_flag, shared_flag, with_missing, with_shared
from medallion.load_mode import has_records, is_compacted, lands_changes, ordering_column
from medallion.record_content import reasons

BROKEN = "_broken"
Rule = Dict[str, Any]


def with_broken_rules(rows: DataFrame, contract: dict[str, Any], silver: DataFrame, others: dict[str, DataFrame], few: bool) -> DataFrame:
    """
    The contract's own rules come after what every dataset needs: readable records, values of their types, a whole key.
    `silver`: the table's current rows; `others`: those of the datasets that rules refer to, by name. `few`: as few_rows.py says.
    """
    columns = {each["name"]: each for each in contract["columns"]}
    checks = [_check(rule, columns, contract) for rule in all_rules(contract)]
    judged = list(rows.columns)
    for rule in contract["rules"]:
        if rule["kind"] == "unique":
            rows = with_shared(rows, rule, silver, contract, few)
        elif rule["kind"] == "reference":
            rows = with_missing(rows, rule, others.get(rule["to"]["dataset"]), contract, few)
    return rows.withColumn(BROKEN, F.filter(F.array(*checks), lambda each: each.isNotNull())).select(*judged, BROKEN)


def all_rules(contract: dict[str, Any]) -> list[Rule]:
    dataset = contract["dataset"]
    rules: list[Rule] = []
    if has_records(contract):
        values = [(f"{dataset}.value.{reason}", reason) for reason in reasons(contract)]
        rules += [{"id": id_, "kind": "readable", "because": reason, "action": "quarantine"} for id_, reason in values]
    if lands_changes(contract):
        rules.append({"id": dataset + ".kept", "kind": "kept", "action": "quarantine"})
    if is_compacted(contract):
        rules.append({"id": dataset + ".key", "kind": "other key", "action": "quarantine"})
    rules += [_own_rule(dataset, each["name"], "type") for each in contract["columns"] if each["type"] != "string"]
    needed = contract["key"] + ([column for column in [ordering_column(contract)] if column])
    rules += [_own_rule(dataset, name, "required") for name in dict.fromkeys(needed)]
    # A contract may say these too; it cannot let a row without key or sequence pass.
    own = {rule["id"] for rule in rules}
    return rules + [rule for rule in contract["rules"] if rule["id"] not in own]


def referred_to(contract: dict[str, Any]) -> set[str]:
    """The datasets whose rows the contract's rules ask for."""
    return {rule["to"]["dataset"] for rule in contract["rules"] if rule["kind"] == "reference"}


def _own_rule(dataset: str, column: str, kind: str) -> Rule:
    return {"id": f"{dataset}.{column}.{kind}", "kind": kind, "column": column, "action": "quarantine"}


def _check(rule: Rule, columns: dict[str, dict[str, Any]], contract: dict[str, Any]) -> Column:
    """The rule as a struct where it is broken, else null. Of an unreadable record only that is said, of a deletion what its key breaks."""
    is_broken = _BROKEN_WHEN[rule["kind"]](rule, columns)
    if rule["kind"] != "readable":
        is_broken = is_broken & F.col(UNREADABLE).isNull()
    if rule.get("column") not in contract["key"]:
        is_broken = is_broken & ~is_delete(contract)
    column = columns.get(rule.get("column", ""))
    value = _masked(column) if column else F.lit(None).cast("string")
    said = F.struct(
        F.lit(rule["id"]).alias("rule"),
        F.lit(rule.get("column")).cast("string").alias("column"),
        F.lit(rule["action"]).alias("action"),
        value.alias("value"),
    )
    return F.when(is_broken, said)


def _masked(column: dict[str, Any]) -> Column:
    """What may be shown of a value: nothing of a person's or a sensitive one, unless the contract allows its hash."""
    text = F.col(PREFIX + column["name"])
    if column["class"] in ("public", "internal") or is_hashed(column):
        return text
    return F.when(text.isNotNull(), F.lit("***"))


def is_hashed(column: dict[str, Any]) -> bool:
    return column["class"] not in ("public", "internal") and column.get("masking") == "hash"


def _typed_is_null(rule: Rule, columns: dict[str, Any]) -> Column:
    return F.col(PREFIX + rule["column"]).isNotNull() & F.col(rule["column"]).isNull()


def _out_of_range(rule: Rule, columns: dict[str, Any]) -> Column:
    column, type_ = F.col(rule["column"]), columns[rule["column"]]["type"]
    below = F.lit(False) if rule["min"] is None else column < F.lit(rule["min"]).cast(type_)
    above = F.lit(False) if rule["max"] is None else column > F.lit(rule["max"]).cast(type_)
    return F.coalesce(below | above, F.lit(False))


_BROKEN_WHEN: dict[str, Callable[[Rule, dict[str, Any]], Column]] = {
    "readable": lambda rule, columns: F.coalesce(F.col(UNREADABLE) == rule["because"], F.lit(False)),
    "kept": lambda rule, columns: F.col(NO_BASE),
    "other key": lambda rule, columns: F.col(OTHER_KEY),
    "type": _typed_is_null,
    "required": lambda rule, columns: F.col(PREFIX + rule["column"]).isNull(),
    "pattern": lambda rule, columns: F.coalesce(~F.col(PREFIX + rule["column"]).rlike(rule["pattern"]), F.lit(False)),
    "allowed": lambda rule, columns: F.coalesce(~F.col(PREFIX + rule["column"]).isin(rule["values"]), F.lit(False)),
    "range": _out_of_range,
    "unique": lambda rule, columns: F.col(shared_flag(rule)),
    "reference": lambda rule, columns: F.col(missing_flag(rule)),
    "sql": lambda rule, columns: ~F.coalesce(F.expr(rule["expression"]), F.lit(True)),
}
