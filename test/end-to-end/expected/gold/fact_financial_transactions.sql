SELECT
  transaction_id, order_id,
  coalesce((SELECT sha256(customer_id) FROM silver.customer_orders AS orders WHERE orders.order_id = booking.order_id), 'unknown') AS customer_key,
  coalesce(CAST(strftime(occurred_at AT TIME ZONE 'UTC', '%Y%m%d') AS INTEGER), 0) AS date_key,
  coalesce(CAST(strftime(posted_date, '%Y%m%d') AS INTEGER), 0) AS posted_date_key,
  account, type, amount, currency, occurred_at, posted_date, created_at
FROM silver.financial_transactions AS booking
