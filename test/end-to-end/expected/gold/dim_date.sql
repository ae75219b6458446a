SELECT
  CAST(strftime(day, '%Y%m%d') AS INTEGER) AS date_key,
  day AS date,
  year(day) AS year,
  (month(day) + 2) // 3 AS quarter,
  month(day) AS month,
  make_date(year(day), month(day), 1) AS month_start,
  monthname(day) AS month_name,
  day(day) AS day,
  isodow(day) AS day_of_week,
  dayname(day) AS day_name,
  CAST(strftime(day, '%G') AS INTEGER) AS iso_year,
  CAST(strftime(day, '%V') AS INTEGER) AS iso_week,
  isodow(day) IN (6, 7) AS is_weekend
FROM (SELECT CAST(unnest(generate_series(DATE '2015-01-01', DATE '2035-12-31', INTERVAL 1 DAY)) AS DATE) AS day)
UNION ALL
SELECT 0, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
