-- Bookings of the accounting system, each with the customer of its order: the unknown one where it names no order, or one not there.
SELECT
  bookings.transaction_id,
  bookings.order_id,
  coalesce(customers.customer_key, 'unknown') AS customer_key,
  coalesce(days.date_key, 0) AS date_key,
  coalesce(posting_days.date_key, 0) AS posted_date_key,
  bookings.account,
  bookings.type,
  bookings.amount,
  bookings.currency,
  bookings.occurred_at,
  bookings.posted_date,
  bookings.created_at
FROM silver.financial_transactions AS bookings
LEFT JOIN silver.customer_orders AS orders ON orders.order_id = bookings.order_id
LEFT JOIN gold.dim_customers AS customers ON customers.customer_id = orders.customer_id
LEFT JOIN gold.dim_date AS days ON days.date = CAST(bookings.occurred_at AS date)
LEFT JOIN gold.dim_date AS posting_days ON posting_days.date = bookings.posted_date
