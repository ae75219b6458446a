-- How lately, how often and for how much each customer ordered, by currency. Orders that were cancelled or refunded do not count.
-- Days are counted back from the newest day in the data and never from today: built again, the same data must give the same rows.
-- Made whole each time: a new day moves every row, and an order moves the average that its currency's customers are held against.
WITH bought AS (
  SELECT
    customer_id,
    currency,
    min(order_date) AS first_order_date,
    max(order_date) AS last_order_date,
    count(DISTINCT order_id) AS orders,
    sum(amount) AS revenue
  FROM gold.fact_sales
  WHERE coalesce(status, '') NOT IN ('cancelled', 'refunded')
  GROUP BY customer_id, currency
),
measured AS (
  SELECT
    *,
    (SELECT max(order_date) FROM gold.fact_sales) AS as_of_date,
    datediff((SELECT max(order_date) FROM gold.fact_sales), last_order_date) AS recency_days,
    count(*) OVER (PARTITION BY currency) AS customers_of_currency,
    sum(revenue) OVER (PARTITION BY currency) AS revenue_of_currency
  FROM bought
),
scored AS (
  SELECT
    *,
    CASE WHEN recency_days <= 30 THEN 3 WHEN recency_days <= 90 THEN 2 ELSE 1 END AS recency_score,
    CASE WHEN orders >= 5 THEN 3 WHEN orders >= 2 THEN 2 ELSE 1 END AS frequency_score,
    -- Twice the average of the currency's customers, or once; multiplied out, since a quotient would be rounded.
    CASE
      WHEN revenue * customers_of_currency >= 2 * revenue_of_currency THEN 3
      WHEN revenue * customers_of_currency >= revenue_of_currency THEN 2
      ELSE 1
    END AS value_score
  FROM measured
)
SELECT
  customer_id,
  currency,
  as_of_date,
  first_order_date,
  last_order_date,
  recency_days,
  orders,
  revenue,
  recency_score,
  frequency_score,
  value_score,
  CASE
    WHEN recency_score = 3 AND frequency_score = 3 AND value_score = 3 THEN 'champion'
    WHEN recency_score >= 2 AND frequency_score >= 2 THEN 'loyal'
    WHEN recency_score = 3 THEN 'new'
    WHEN recency_score = 2 THEN 'occasional'
    WHEN frequency_score >= 2 OR value_score = 3 THEN 'at risk'
    ELSE 'lost'
  END AS segment
FROM scored
