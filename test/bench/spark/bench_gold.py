"""Two Gold models over the benchmark's table: a fact of one row an order, and a sum by day over the fact."""

from __future__ import annotations

from typing import Any

MODELS = {
    "order_facts": "SELECT order_id, customer_id, order_date, currency, amount, status FROM silver.orders",
    "sales_by_day": "SELECT order_date, currency, count(*) AS orders, CAST(sum(amount) AS decimal(28,2)) AS revenue"
    " FROM gold.order_facts GROUP BY order_date, currency",
}


def _contract(table: str, grain: list[str], columns: dict[str, str], input_: str) -> dict[str, Any]:
    return {
        "table": table,
        "version": "1.0.0",
        "grain": grain,
        "columns": [{"name": name, "type": type_, "required": True, "class": "internal"} for name, type_ in columns.items()],
        "partitioning": [],
        "incremental": {"key": grain, "inputs": {input_: "same"}},
    }


GOLD = [
    _contract(
        "order_facts",
        ["order_id"],
        {
            "order_id": "string",
            "customer_id": "string",
            "order_date": "date",
            "currency": "string",
            "amount": "decimal(12,2)",
            "status": "string",
        },
        "silver.orders",
    ),
    _contract(
        "sales_by_day",
        ["order_date", "currency"],
        {"order_date": "date", "currency": "string", "orders": "bigint", "revenue": "decimal(28,2)"},
        "gold.order_facts",
    ),
]
