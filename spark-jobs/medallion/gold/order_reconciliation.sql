-- Orders beside what was paid and refunded for them. An order that was cancelled or refunded is due nothing. What is booked in another
-- currency than the order's cannot be held against it, and stands alone.
WITH booked AS (
  SELECT
    order_id,
    currency,
    count(*) AS transactions,
    coalesce(sum(amount) FILTER (WHERE type = 'payment'), 0) AS paid,
    -coalesce(sum(amount) FILTER (WHERE type = 'refund'), 0) AS refunded
  FROM gold.fact_financial_transactions
  WHERE order_id IS NOT NULL AND type IN ('payment', 'refund')
  GROUP BY order_id, currency
),
reconciled AS (
  SELECT
    coalesce(orders.order_id, booked.order_id) AS order_id,
    coalesce(orders.currency, booked.currency) AS currency,
    orders.order_id IS NOT NULL AS is_in_orders,
    orders.order_date,
    orders.status,
    orders.total_amount,
    CASE WHEN orders.status IN ('cancelled', 'refunded') THEN 0 ELSE coalesce(orders.total_amount, 0) END AS due,
    coalesce(booked.transactions, 0) AS transactions,
    coalesce(booked.paid, 0) AS paid,
    coalesce(booked.refunded, 0) AS refunded
  FROM silver.customer_orders AS orders
  FULL JOIN booked ON booked.order_id = orders.order_id AND booked.currency = orders.currency
)
SELECT
  order_id,
  currency,
  order_date,
  status,
  total_amount,
  due AS due_amount,
  transactions,
  paid AS paid_amount,
  refunded AS refunded_amount,
  paid - refunded - due AS difference_amount,
  CASE
    WHEN NOT is_in_orders THEN 'not in orders'
    WHEN paid - refunded = due THEN 'matched'
    WHEN paid - refunded > due THEN 'overpaid'
    WHEN transactions = 0 THEN 'unpaid'
    ELSE 'underpaid'
  END AS verdict
FROM reconciled
