-- Each customer of a cohort is asked for each month.
WITH bought AS (
  SELECT DISTINCT customer_id, date_trunc('month', order_date) AS month
  FROM silver.customer_orders
  WHERE status IS NULL OR status NOT IN ('cancelled', 'refunded')
),
customer AS (
  SELECT customer_id, min(month) AS cohort_month FROM bought GROUP BY customer_id
),
asked AS (
  SELECT customer_id, cohort_month, CAST(unnest(generate_series(cohort_month, (SELECT max(month) FROM bought), INTERVAL 1 MONTH)) AS DATE) AS month
  FROM customer
)
SELECT
  cohort_month,
  datediff('month', cohort_month, month) AS months_since,
  month,
  count(*) AS customers,
  count(bought.customer_id) AS active_customers,
  CAST(count(bought.customer_id) / count(*) AS DECIMAL(9, 6)) AS retained_share
FROM asked
LEFT JOIN bought USING (customer_id, month)
GROUP BY cohort_month, month
