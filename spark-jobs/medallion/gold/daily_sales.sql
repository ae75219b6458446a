-- Sales by day and currency. Amounts of different currencies are never added up.
SELECT
  order_date,
  date_key,
  currency,
  count(DISTINCT order_id) AS orders,
  count(DISTINCT customer_id) AS customers,
  coalesce(sum(quantity), 0) AS units,
  sum(amount) AS revenue,
  coalesce(sum(amount) FILTER (WHERE status IN ('cancelled', 'refunded')), 0) AS cancelled_revenue
FROM gold.fact_sales
GROUP BY order_date, date_key, currency
