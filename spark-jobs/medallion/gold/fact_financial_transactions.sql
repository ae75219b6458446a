-- Bookings of the accounting system, each with the customer of its order as of the booking: the unknown one where it names no order, or
-- one not there. A booking that does not say when it happened counts as of when it was written.
WITH bookings AS (
  SELECT *, coalesce(occurred_at, created_at) AS at FROM silver.financial_transactions
)
SELECT
  bookings.transaction_id,
  bookings.order_id,
  coalesce(customers.customer_key, 'unknown') AS customer_key,
  coalesce(customers.customer_id, 'unknown') AS customer_id,
  coalesce(days.date_key, 0) AS date_key,
  coalesce(posting_days.date_key, 0) AS posted_date_key,
  bookings.account,
  bookings.type,
  bookings.amount,
  bookings.currency,
  bookings.occurred_at,
  bookings.posted_date,
  bookings.created_at
FROM bookings
LEFT JOIN silver.customer_orders AS orders ON orders.order_id = bookings.order_id
LEFT JOIN gold.dim_customers AS customers
  ON customers.customer_id = orders.customer_id
  AND (bookings.at >= customers.valid_from OR customers.is_first)
  AND (bookings.at < customers.valid_to OR customers.valid_to IS NULL)
LEFT JOIN gold.dim_date AS days ON days.date = CAST(bookings.occurred_at AS date)
LEFT JOIN gold.dim_date AS posting_days ON posting_days.date = bookings.posted_date
