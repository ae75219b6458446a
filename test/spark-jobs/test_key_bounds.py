"""The ranges of a batch's keys: as literals that a table's files can be left out by, for every type that a key may have."""

from datetime import date, datetime
from decimal import Decimal

from medallion.key_bounds import conditions, key_bounds
from medallion.own_session import own_session
from pyspark.sql import SparkSession

TYPES = "text string, whole bigint, exact decimal(38,0), day date, at timestamp, flag boolean"
LOW = ("it's \\ a", -5, Decimal(10) ** 37, date(1, 1, 1), datetime(2024, 1, 1, 10, 0, 0, 1), False)
HIGH = ("z-${HOME}", 2**62, Decimal(10) ** 37 + 1, date(9999, 12, 31), datetime(2024, 1, 1, 10, 0, 0, 2), True)
KEY = ["text", "whole", "exact", "day", "at", "flag"]


def test_rows_at_both_ends_lie_inside_whatever_the_type_and_those_beyond_outside(session: SparkSession) -> None:
    session = own_session(session)
    rows = session.createDataFrame([LOW, HIGH], TYPES)
    bounds = key_bounds(rows, KEY)
    beyond = session.createDataFrame([("zz", *LOW[1:]), (LOW[0], -6, *LOW[2:])], TYPES)
    rows.unionByName(beyond).createOrReplaceTempView("t")
    assert session.sql(f"SELECT count(*) FROM t WHERE {' AND '.join(conditions(bounds))}").collect()[0][0] == 2
    assert [each.column for each in bounds] == KEY[:-1]


def test_a_column_without_a_value_is_not_bounded(session: SparkSession) -> None:
    rows = session.createDataFrame([(None, *LOW[1:]), (None, *HIGH[1:])], TYPES)
    assert [each.column for each in key_bounds(rows, KEY)] == KEY[1:-1]
    assert key_bounds(rows.limit(0), KEY) == []
