-- Every day from 2015 to 2035, and the unknown day to which facts point that are dated outside.
WITH days AS (
  SELECT explode(sequence(DATE '2015-01-01', DATE '2035-12-31', INTERVAL 1 DAY)) AS date
)
SELECT
  year(date) * 10000 + month(date) * 100 + day(date) AS date_key,
  date,
  year(date) AS year,
  quarter(date) AS quarter,
  month(date) AS month,
  trunc(date, 'MM') AS month_start,
  date_format(date, 'MMMM') AS month_name,
  day(date) AS day,
  weekday(date) + 1 AS day_of_week,
  date_format(date, 'EEEE') AS day_name,
  extract(YEAROFWEEK FROM date) AS iso_year,
  weekofyear(date) AS iso_week,
  weekday(date) >= 5 AS is_weekend
FROM days
UNION ALL
SELECT 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
