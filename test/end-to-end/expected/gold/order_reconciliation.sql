-- Orders and bookings one under the other, then added up.
WITH entry AS (
  SELECT order_id, currency, 0 AS paid, 0 AS refunded, 0 AS transactions, order_date, status, total_amount FROM silver.customer_orders
  UNION ALL
  SELECT order_id, currency, CASE type WHEN 'payment' THEN amount ELSE 0 END, CASE type WHEN 'refund' THEN -amount ELSE 0 END, 1, NULL, NULL, NULL
  FROM silver.financial_transactions
  WHERE order_id IS NOT NULL AND type IN ('payment', 'refund')
),
total AS (
  SELECT
    order_id, currency,
    any_value(order_date) AS order_date, any_value(status) AS status, any_value(total_amount) AS total_amount,
    CASE WHEN any_value(status) IN ('cancelled', 'refunded') THEN 0 ELSE ifnull(any_value(total_amount), 0) END AS due_amount,
    sum(transactions) AS transactions, sum(paid) AS paid_amount, sum(refunded) AS refunded_amount
  FROM entry
  GROUP BY order_id, currency
)
SELECT
  *,
  paid_amount - refunded_amount - due_amount AS difference_amount,
  CASE
    WHEN total_amount IS NULL THEN 'not in orders'
    WHEN difference_amount = 0 THEN 'matched'
    WHEN difference_amount > 0 THEN 'overpaid'
    WHEN transactions > 0 THEN 'underpaid'
    ELSE 'unpaid'
  END AS verdict
FROM total
