-- Amounts from the orders themselves, which their lines must come to; pieces from the lines.
SELECT
  order_date,
  CAST(strftime(order_date, '%Y%m%d') AS INTEGER) AS date_key,
  currency,
  count(*) AS orders,
  count(DISTINCT customer_id) AS customers,
  coalesce(sum(pieces), 0) AS units,
  sum(total_amount) AS revenue,
  sum(CASE WHEN status IN ('cancelled', 'refunded') THEN total_amount ELSE 0 END) AS cancelled_revenue
FROM silver.customer_orders
LEFT JOIN (SELECT order_id, sum(quantity) AS pieces FROM gold.fact_sales GROUP BY order_id) USING (order_id)
GROUP BY order_date, currency
