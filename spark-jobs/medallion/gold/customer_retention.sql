-- How many of those who first ordered in a month ordered again, month by month, up to the newest month of orders.
-- Orders that were cancelled or refunded do not count.
-- Made whole each time: a customer's first order moves all months after it, and a new month gives each cohort a row.
WITH months AS (
  SELECT DISTINCT customer_id, trunc(order_date, 'MM') AS month
  FROM gold.fact_sales
  WHERE coalesce(status, '') NOT IN ('cancelled', 'refunded')
),
followed AS (
  SELECT month, min(month) OVER (PARTITION BY customer_id) AS cohort_month FROM months
),
active AS (
  SELECT cohort_month, month, count(*) AS customers FROM followed GROUP BY cohort_month, month
),
cohorts AS (
  SELECT cohort_month, max(customers) FILTER (WHERE month = cohort_month) AS customers, max(max(month)) OVER () AS last_month
  FROM active
  GROUP BY cohort_month
),
-- A month in which nobody of a cohort ordered has its row, too.
all_months AS (
  SELECT cohort_month, customers, months_since, month
  FROM cohorts
  LATERAL VIEW posexplode(sequence(cohort_month, last_month, INTERVAL 1 MONTH)) AS months_since, month
)
SELECT
  all_months.cohort_month,
  all_months.months_since,
  all_months.month,
  all_months.customers,
  coalesce(active.customers, 0) AS active_customers,
  CAST(coalesce(active.customers, 0) / CAST(all_months.customers AS decimal(18, 0)) AS decimal(9, 6)) AS retained_share
FROM all_months
LEFT JOIN active ON active.cohort_month = all_months.cohort_month AND active.month = all_months.month
