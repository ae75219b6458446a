"""Columns whose names mean something to SQL, or are of no usual letters, go through all layers like any other."""

from datetime import datetime, timezone

from lake_bucket import LakeBucket, Row

# Of the contract, as far as it may choose; and of a source that nobody asked.
OWN = ["group", "Order", "select", "timestamp", "Straße"]
CAME_ALONG = ['say"hi"', "it's", "日本", "%s", "$1", "back\\slash", "table", "#", "x-y"]
LANDED = {**dict.fromkeys([*OWN, *CAME_ALONG], "VARCHAR"), "timestamp": "VARCHAR", "select": "BIGINT"}


def contract(history: str) -> Row:
    types = {"timestamp": "timestamp", "select": "bigint"}
    column = {"required": False, "class": "internal"}
    return {
        "dataset": history,
        "source": "postgres",
        "load": {"mode": "cursor", "sequence": "timestamp", "deletions": False, "maxDeleteShare": 0.2, "history": history},
        "key": ["group", "Order"],
        "schemaPolicy": "evolve",
        "columns": [{"name": name, "type": types.get(name, "string"), **column} for name in OWN],
        "rules": [{"id": "names.select.range", "column": "select", "kind": "range", "min": "0", "max": None, "action": "quarantine"}],
        "partitioning": [],
        "freshnessHours": 2,
    }


def row(group: str, day: int, select: int) -> Row:
    text = dict.fromkeys(LANDED, f"{group}{day}")
    return {**text, "group": group, "Order": "1", "select": select, "timestamp": f"2024-01-{day:02d} 00:00:00+00"}


def test_columns_of_any_name_are_landed_merged_kept_by_version_and_set_aside(lake: LakeBucket) -> None:
    for history in ("scd1", "scd2"):
        lake.contract(contract(history))
    for seq, rows in enumerate([[row("a", 1, 1), row("b", 1, -1)], [row("a", 2, 2), row("c", 2, 3)]], start=1):
        results = lake.run(*[lake.land(history, seq, LANDED, rows) for history in ("scd1", "scd2")])["silver"]["datasets"]
        assert {name: result["status"] for name, result in results.items()} == {"scd1": "ok", "scd2": "ok"}
    second = datetime(2024, 1, 2, tzinfo=timezone.utc)
    newest = {each["group"]: each for each in lake.table("silver", "scd1")}
    assert {name: (each["select"], each["timestamp"], each["Straße"]) for name, each in newest.items()} == {
        "a": (2, second, "a2"),
        "c": (3, second, "c2"),
    }
    assert {name: newest["a"][name] for name in CAME_ALONG} == dict.fromkeys(CAME_ALONG, "a2")
    versions = {(each["group"], each["select"], each["is_current"]) for each in lake.table("silver", "scd2")}
    assert versions == {("a", 1, False), ("a", 2, True), ("c", 3, True)}
    assert [(each["key"], each["rule"]) for each in lake.table("quarantine", "scd1")] == [("b/1", "names.select.range")]
