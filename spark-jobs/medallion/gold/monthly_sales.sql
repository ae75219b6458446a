-- Sales by month and currency: from the lines and not from the days, since a customer who orders on two days is one.
SELECT
  trunc(order_date, 'MM') AS month,
  currency,
  count(DISTINCT order_id) AS orders,
  count(DISTINCT customer_id) AS customers,
  coalesce(sum(quantity), 0) AS units,
  sum(amount) AS revenue,
  coalesce(sum(amount) FILTER (WHERE status IN ('cancelled', 'refunded')), 0) AS cancelled_revenue
FROM gold.fact_sales
GROUP BY trunc(order_date, 'MM'), currency
