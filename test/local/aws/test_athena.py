"""Athena reads what a Delta table holds now, in Trino's SQL, and spells the answer as Athena does."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import deltalake
import pyarrow
import pytest
from conftest import eventually

BUCKET = "athena-lake"
UTC = datetime.timezone.utc

ORDERS = {
    "order_id": pyarrow.array([1, 2, 3, 4], pyarrow.int64()),
    "user_id": pyarrow.array(["a", "a", "b", None], pyarrow.string()),
    "amount": pyarrow.array([Decimal("10.50"), Decimal("20.25"), Decimal("0.01"), None], pyarrow.decimal128(12, 2)),
    "ordered_at": pyarrow.array(
        [datetime.datetime(2026, month, 3, 4, 15, 30, 123456, UTC) for month in (1, 1, 2, 2)], pyarrow.timestamp("us", "UTC")
    ),
    "day": pyarrow.array([datetime.date(2026, month, 3) for month in (1, 1, 2, 2)], pyarrow.date32()),
    "paid": pyarrow.array([True, False, None, True], pyarrow.bool_()),
}

Ask = Callable[..., tuple[list[str], list[list[str | None]]]]


class QueryFailed(Exception):
    """What Athena says of a query that failed."""


@pytest.fixture(scope="module")
def ask(aws: Any, endpoint: str) -> Ask:
    place = {"LocationConstraint": "eu-central-1"}
    aws("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
    aws("glue").create_database(DatabaseInput={"Name": "shop"})
    results = {"EnforceWorkGroupConfiguration": True, "ResultConfiguration": {"OutputLocation": f"s3://{BUCKET}/results"}}
    aws("athena").create_work_group(Name="shop", Configuration=results)
    access = {"AWS_ENDPOINT_URL": endpoint, "AWS_ALLOW_HTTP": "true", "AWS_REGION": "eu-central-1"}
    access |= {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    # Twice: the files of the first version are dead, and a reader of mere Parquet would count them.
    for rows in (pyarrow.table(ORDERS).slice(2), pyarrow.table(ORDERS)):
        deltalake.write_deltalake(f"s3://{BUCKET}/orders", rows, mode="overwrite", partition_by=["day"], storage_options=access)
    deltalake.write_deltalake(
        f"s3://{BUCKET}/users", pyarrow.table({"user_id": ["a", "b"], "country": ["DE", "FR"]}), storage_options=access
    )
    for name in ("orders", "users"):
        publish(aws, name)

    def ask(sql: str, **more: Any) -> tuple[list[str], list[list[str | None]]]:
        athena = aws("athena")
        context = {"QueryExecutionContext": {"Database": "shop"}, "WorkGroup": "shop"}
        query = athena.start_query_execution(QueryString=sql, **context, **more)["QueryExecutionId"]
        ended = ended_query(aws, query)
        if ended["Status"]["State"] != "SUCCEEDED":
            raise QueryFailed(ended["Status"]["StateChangeReason"])
        result = athena.get_query_results(QueryExecutionId=query)["ResultSet"]
        rows = [[cell.get("VarCharValue") for cell in row["Data"]] for row in result["Rows"]]
        types = [column["Type"] for column in result["ResultSetMetadata"]["ColumnInfo"]]
        return types, rows[1:] if ended["StatementType"] == "DML" else rows

    return ask


def ended_query(aws: Any, query: str) -> Any:
    def ended() -> Any:
        execution = aws("athena").get_query_execution(QueryExecutionId=query)["QueryExecution"]
        return execution["Status"]["State"] not in ("QUEUED", "RUNNING") and execution

    return eventually(ended)


def publish(aws: Any, name: str) -> None:
    storage = {"Columns": [{"Name": "user_id", "Type": "string"}], "Location": f"s3://{BUCKET}/{name}"}
    parameters = {"table_type": "DELTA"}
    table = {"Name": name, "TableType": "EXTERNAL_TABLE", "Parameters": parameters, "StorageDescriptor": storage}
    aws("glue").create_table(DatabaseName="shop", TableInput=table)


def test_only_the_current_version_counts(ask: Ask) -> None:
    assert ask("SELECT count(*), sum(amount) FROM orders") == (["bigint", "decimal"], [["4", "30.76"]])


def test_values_are_spelled_as_athena_does(ask: Ask) -> None:
    types, rows = ask(
        "SELECT order_id, amount, ordered_at, day, paid, user_id, ARRAY[1, NULL] AS list FROM orders WHERE order_id IN (1, 4) ORDER BY 1"
    )
    assert types == ["bigint", "decimal", "timestamp with time zone", "date", "boolean", "varchar", "array"]
    assert rows == [
        ["1", "10.50", "2026-01-03 04:15:30.123 UTC", "2026-01-03", "true", "a", "[1, null]"],
        ["4", None, "2026-02-03 04:15:30.123 UTC", "2026-02-03", "true", None, "[1, null]"],
    ]


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "SELECT date_format(ordered_at, '%Y-%m') AS month, sum(amount) FROM orders GROUP BY 1 ORDER BY 1",
            [["2026-01", "30.75"], ["2026-02", "0.01"]],
        ),
        (
            'SELECT u.country, count(*) FROM "AwsDataCatalog"."shop"."orders" o JOIN shop.users u ON o.user_id = u.user_id '
            "GROUP BY 1 ORDER BY 2 DESC",
            [["DE", "2"], ["FR", "1"]],
        ),
        ("WITH paid AS (SELECT * FROM orders WHERE paid) SELECT max(paid.order_id) FROM paid", [["4"]]),
        (
            "SELECT order_id FROM (SELECT order_id, row_number() OVER (PARTITION BY day ORDER BY amount DESC) AS n FROM orders) "
            "WHERE n = 1 ORDER BY 1",
            [["2"], ["3"]],
        ),
        ("SELECT count(*) FROM orders WHERE day = DATE '2026-01-03'", [["2"]]),
        (
            "SELECT date_diff('day', DATE '2026-01-01', DATE '2026-02-01'), try_cast('x' AS bigint), "
            "json_extract_scalar('{\"a\": 1}', '$.a')",
            [["31", None, "1"]],
        ),
        (
            "SELECT to_unixtime(from_iso8601_timestamp('1970-01-02T00:00:00Z')), date_trunc('month', max(day)), "
            "date_trunc('hour', max(ordered_at)) FROM orders",
            [["86400.0", "2026-02-01", "2026-02-03 04:00:00.000 UTC"]],
        ),
        (
            "SELECT max(day) + INTERVAL '1' MONTH, date_add('day', 2 - 3, max(day)), max(day) - INTERVAL '2' DAY, "
            "date_add('hour', 1, max(ordered_at)) FROM orders",
            [["2026-03-03", "2026-02-02", "2026-02-01", "2026-02-03 05:15:30.123 UTC"]],
        ),
        ("SELECT approx_distinct(user_id), count_if(paid), element_at(ARRAY[7, 8], 2) FROM orders", [["2", "2", "8"]]),
    ],
)
def test_trinos_sql_is_understood(ask: Ask, sql: str, expected: list[list[str | None]]) -> None:
    assert ask(sql)[1] == expected


def test_parameters_take_the_place_of_question_marks(ask: Ask) -> None:
    assert ask("SELECT order_id FROM orders WHERE order_id > ? AND user_id = ?", ExecutionParameters=["1", "'a'"])[1] == [["2"]]


def test_the_catalog_is_shown_and_described(ask: Ask) -> None:
    assert ask("SHOW TABLES IN shop")[1][:2] == [["orders"], ["users"]]
    assert ask("DESCRIBE users")[1] == [["user_id", "string", ""]]


def test_a_view_is_its_query(ask: Ask) -> None:
    ask("CREATE OR REPLACE VIEW big AS SELECT order_id, amount FROM orders WHERE amount > 1")
    assert ask("SELECT count(*), sum(b.amount) FROM shop.big b")[1] == [["2", "30.75"]]
    ask("DROP VIEW big")
    with pytest.raises(QueryFailed, match=r"TABLE_NOT_FOUND: Table 'awsdatacatalog.shop.big'"):
        ask("SELECT * FROM big")


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("SELECT FROM WHERE", "SYNTAX_ERROR"),
        ("SELECT * FROM shop.missing", "TABLE_NOT_FOUND"),
        ("INSERT INTO users SELECT * FROM users", "NOT_SUPPORTED"),
    ],
)
def test_a_query_that_cannot_run_fails_by_name(ask: Ask, sql: str, error: str) -> None:
    with pytest.raises(QueryFailed, match=error):
        ask(sql)


def test_the_result_lies_where_the_workgroup_wants_it(aws: Any, ask: Ask) -> None:
    query = aws("athena").start_query_execution(
        QueryString="SELECT 1 AS one", WorkGroup="shop", ResultConfiguration={"OutputLocation": "s3://elsewhere/"}
    )["QueryExecutionId"]
    ended = ended_query(aws, query)
    assert ended["Status"]["State"] == "SUCCEEDED"
    assert ended["ResultConfiguration"]["OutputLocation"] == f"s3://{BUCKET}/results/{query}.csv"
    assert aws("s3").get_object(Bucket=BUCKET, Key=f"results/{query}.csv")["Body"].read() == b'"one"\r\n"1"\r\n'
