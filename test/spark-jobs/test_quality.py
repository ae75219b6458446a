"""Rules that look beyond the row, scores by dimension with the counts behind them, and a threshold that fails the dataset alone."""

import json
from typing import Any

import pytest
from lake_bucket import LakeBucket, Row
from test_change_rows import CHANGES, change, changes_contract
from test_gold_equals_whole import contracts  # noqa: F401
from test_kafka_silver import RECORD, event, events_contract, record
from test_layers import USERS, outcomes, user, users_contract


def test_a_value_that_another_key_has_is_shared_in_the_batch_and_in_the_table_beside_the_keys_of_the_batch(lake: LakeBucket) -> None:
    rules = [{"id": "users.email.unique", "column": "email", "kind": "unique", "action": "quarantine"}]
    lake.contract({**users_contract(), "rules": rules})
    lake.run(lake.land("users", 1, USERS, [user("a", 1), user("b", 1), user("c", 1)]))
    # a takes b's address while b gives it away; d takes c's, which c keeps; e and f share one.
    second = [
        user("a", 2, email="b@company.com"),
        user("b", 2, email="new@company.com"),
        user("d", 2, email="c@company.com"),
        user("e", 2, email="e@company.com"),
        user("f", 2, email="e@company.com"),
    ]
    result = lake.run(lake.land("users", 2, USERS, second))["silver"]["datasets"]["users"]
    assert result["outcomes"] == outcomes(updated=2, quarantined=3)
    assert sorted(row["key"] for row in lake.table("quarantine", "users")) == ["d", "e", "f"]


def test_a_reference_is_looked_up_in_the_other_dataset_as_this_run_leaves_it(lake: LakeBucket) -> None:
    lake.contract(users_contract())
    refers = {"id": "events.city.reference", "kind": "reference", "column": "city", "action": "quarantine"}
    lake.contract(events_contract("events", rules=[{**refers, "to": {"dataset": "users", "column": "user_id"}}]))
    # Before users was ever loaded the rule says nothing.
    lake.run(lake.land("events", 1, RECORD, [record(0, event("E1", where={"city": "nobody"}))], source="kafka"))
    records = [
        record(1, event("E2", where={"city": "a"})),
        record(2, event("E3", where={"city": "nobody"})),
        record(3, event("E4", where={})),
    ]
    loaded = lake.run(lake.land("events", 2, RECORD, records, source="kafka"), lake.land("users", 1, USERS, [user("a", 1)]))["silver"][
        "datasets"
    ]
    assert (loaded["users"]["status"], loaded["events"]["outcomes"]) == ("ok", outcomes(inserted=2, quarantined=1))
    assert loaded["events"]["rules"] == {"events.city.reference": 1}


@pytest.mark.parametrize("mode", ["cursor", "log"])
def test_a_reference_to_the_own_dataset_sees_the_rows_that_come_with_it(lake: LakeBucket, mode: str) -> None:
    is_log = mode == "log"
    rule = {"id": "users.country.reference", "kind": "reference", "column": "country", "action": "quarantine"}
    contract = changes_contract() if is_log else users_contract()
    lake.contract({**contract, "rules": [{**rule, "to": {"dataset": "users", "column": "user_id"}}]})

    def member(position: int, name: str, of: str | None) -> Row:
        return change("insert", position, name, country=of) if is_log else user(name, position, country=of)

    columns = CHANGES if is_log else USERS
    lake.run(lake.land("users", 1, columns, [member(1, "root", None)]))
    rows = [member(2, "boss", "root"), member(3, "worker", "boss"), member(4, "own", "own"), member(5, "lost", "nobody")]
    if is_log:
        rows += [member(6, "left", "gone"), change("delete", 7, "gone")]
    result = lake.run(lake.land("users", 2, columns, rows))["silver"]["datasets"]["users"]
    assert result["outcomes"] == (outcomes(inserted=3, quarantined=2, unchanged=1) if is_log else outcomes(inserted=3, quarantined=1))
    assert sorted(row["user_id"] for row in lake.table("silver", "users")) == ["boss", "own", "root", "worker"]


def test_scores_are_the_share_of_rows_that_lower_no_rule_of_the_dimension(lake: LakeBucket) -> None:
    lake.contract(users_contract())
    planned = "2024-01-15T12:00:10.500Z"
    first = lake.run(lake.land("users", 1, USERS, [user("a", 1)], planned_at=planned))["silver"]["datasets"]["users"]
    assert first["quality"] == {"completeness": 100.0, "accuracy": 100.0, "consistency": 100.0, "timeliness": None, "uniqueness": 100.0}
    # Two hours and more before the plan: the rows of second 1 to 10.
    rows = [
        user("b", 20, country=None),
        user("c", 20, email="nobody", age=-1),
        user("d", 20, country="FRA"),
        *[user(f"late-{at}", at) for at in (9, 10, 11, 12, 13)],
    ]
    result = lake.run(lake.land("users", 2, USERS, rows, planned_at=planned))["silver"]["datasets"]["users"]
    assert result["quality"] == {"completeness": 87.5, "accuracy": 75.0, "consistency": 100.0, "timeliness": 75.0, "uniqueness": 100.0}


def test_repeated_records_lower_uniqueness_and_late_ones_timeliness(lake: LakeBucket) -> None:
    lake.contract(events_contract("events"))
    lake.run(lake.land("events", 1, RECORD, [record(0, event("E1"))], source="kafka"))
    # Records are of 2024-01-20T09:00:00Z.
    batch = lake.land(
        "events", 2, RECORD, [record(1, event("E1")), record(2, event("E2"))], source="kafka", planned_at="2024-01-20T11:00:00.001Z"
    )
    quality = lake.run(batch)["silver"]["datasets"]["events"]["quality"]
    assert (quality["uniqueness"], quality["timeliness"]) == (50.0, 0.0)


def test_a_batch_below_a_threshold_fails_with_its_score_and_the_other_datasets_go_on(lake: LakeBucket) -> None:
    lake.contract({**users_contract(), "quality": {"completeness": 60}})
    lake.contract({**users_contract(), "dataset": "others"})
    rows = [user("a", 1), user("b", 1, country=None)]
    results = lake.run(lake.land("users", 1, USERS, rows), lake.land("others", 1, USERS, rows))["silver"]["datasets"]
    assert (results["users"]["error"], results["others"]["status"]) == ("QualityBelowThreshold", "ok")
    assert "completeness of 50%" in results["users"]["cause"]
    assert lake.keys("silver/users/") == []


def test_a_field_is_found_at_the_place_of_its_event_version_and_unknown_fields_are_kept(lake: LakeBucket) -> None:
    contract = events_contract("events")
    for column in contract["columns"]:
        if column["name"] == "happened_at":
            column.pop("path")
            column["paths"] = ["$.timestamp", "$.meta.at"]
        if column["name"] == "amount":
            column["default"] = "0.00"
    lake.contract(contract)
    old = event("E1", colour="red", tags=["a", "b"])
    new = {"event_id": "E2", "meta": {"at": "2024-01-21T09:00:00Z"}, "where": {"city": "Bern"}}
    lake.run(lake.land("events", 1, RECORD, [record(0, old), record(1, new)], source="kafka"))
    rows = {row["event_id"]: row for row in lake.table("silver", "events")}
    assert [f"{rows[name]['happened_at']:%Y-%m-%d}" for name in ("E1", "E2")] == ["2024-01-20", "2024-01-21"]
    assert [str(rows[name]["amount"]) for name in ("E1", "E2")] == ["19.99", "0.00"]
    unknown = dict(rows["E1"]["_unknown_fields"])
    assert (unknown["colour"], json.loads(unknown["tags"]), dict(rows["E2"]["_unknown_fields"])) == ("red", ["a", "b"], {})


def test_an_order_dated_more_than_a_day_after_its_own_change_is_set_aside(lake: LakeBucket, contracts: Any) -> None:  # noqa: F811
    contract = contracts["datasets"]["customer_orders"]
    lake.contract(contract)
    columns = {each["name"]: "VARCHAR" for each in contract["columns"]}
    rows = [
        {**dict.fromkeys(columns), "customer_id": "C1", "total_amount": "1.00", "currency": "EUR", "updated_at": changed, **dated}
        for changed, dated in [
            ("2024-01-15T00:00:00.000000Z", {"order_id": "BEFORE", "order_date": "2023-01-01"}),
            ("2024-01-15T23:59:59.999999Z", {"order_id": "A-DAY", "order_date": "2024-01-16"}),
            ("2024-01-15T23:59:59.999999Z", {"order_id": "BEYOND", "order_date": "2024-01-17"}),
            ("2024-01-15T00:00:00.000000Z", {"order_id": "FAR", "order_date": "2204-01-15"}),
        ]
    ]
    loaded = lake.run(lake.land("customer_orders", 1, columns, rows, source="snowflake"))["silver"]["datasets"]["customer_orders"]
    assert (loaded["outcomes"], loaded["rules"]) == (outcomes(inserted=2, quarantined=2), {"customer_orders.order_date.sql": 2})
    assert sorted(row["key"] for row in lake.table("quarantine", "customer_orders")) == ["BEYOND", "FAR"]
