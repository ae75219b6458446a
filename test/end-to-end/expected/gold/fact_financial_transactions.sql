SELECT
  transaction_id, order_id,
  customer_as_of(orders.customer_id, ifnull(occurred_at, created_at)) AS customer_key,
  ifnull(orders.customer_id, 'unknown') AS customer_id,
  coalesce(CAST(strftime(occurred_at AT TIME ZONE 'UTC', '%Y%m%d') AS INTEGER), 0) AS date_key,
  coalesce(CAST(strftime(posted_date, '%Y%m%d') AS INTEGER), 0) AS posted_date_key,
  account, type, amount, booking.currency, occurred_at, posted_date, created_at
FROM silver.financial_transactions AS booking
LEFT JOIN silver.customer_orders AS orders USING (order_id)
