-- From the orders themselves, which their lines must come to.
WITH standing AS (
  SELECT * FROM silver.customer_orders WHERE status IS NULL OR status NOT IN ('cancelled', 'refunded')
),
customer AS (
  SELECT
    customer_id, currency,
    min(order_date) AS first_order_date, max(order_date) AS last_order_date, count(*) AS orders, sum(total_amount) AS revenue
  FROM standing
  GROUP BY customer_id, currency
),
average AS (
  SELECT currency, sum(revenue) AS all_revenue, count(*) AS all_customers FROM customer GROUP BY currency
),
newest AS (
  SELECT max(order_date) AS as_of_date FROM silver.customer_orders
),
scored AS (
  SELECT
    *,
    as_of_date - last_order_date AS recency_days,
    1 + CAST(recency_days <= 90 AS INTEGER) + CAST(recency_days <= 30 AS INTEGER) AS recency_score,
    1 + CAST(orders >= 2 AS INTEGER) + CAST(orders >= 5 AS INTEGER) AS frequency_score,
    1 + CAST(revenue * all_customers >= all_revenue AS INTEGER) + CAST(revenue * all_customers >= 2 * all_revenue AS INTEGER) AS value_score
  FROM customer
  JOIN average USING (currency)
  CROSS JOIN newest
)
SELECT
  customer_id, currency, as_of_date, first_order_date, last_order_date, recency_days, orders, revenue, recency_score, frequency_score, value_score,
  CASE
    WHEN least(recency_score, frequency_score, value_score) = 3 THEN 'champion'
    WHEN least(recency_score, frequency_score) > 1 THEN 'loyal'
    WHEN recency_score > 1 THEN ['occasional', 'new'][recency_score - 1]
    WHEN frequency_score > 1 THEN 'at risk'
    WHEN value_score = 3 THEN 'at risk'
    ELSE 'lost'
  END AS segment
FROM scored
