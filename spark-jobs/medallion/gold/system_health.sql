-- What services measured of themselves, hour by hour. The 95th percentile is a value that was measured, the least that 95% do not exceed.
WITH measured AS (
  SELECT
    coalesce(service, 'unknown') AS service,
    date_trunc('HOUR', timestamp) AS hour,
    metric,
    coalesce(unit, 'unknown') AS unit,
    host,
    value
  FROM silver.system_metrics
),
ranked AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY service, hour, metric, unit ORDER BY value) AS place,
    count(*) OVER (PARTITION BY service, hour, metric, unit) AS measurements
  FROM measured
)
SELECT
  service,
  hour,
  metric,
  unit,
  count(*) AS measurements,
  count(DISTINCT host) AS hosts,
  min(value) AS min_value,
  -- As a decimal: the sum of floating-point numbers depends on their order, which is not the same twice.
  CAST(avg(CAST(value AS decimal(28, 6))) AS decimal(28, 6)) AS average_value,
  min(value) FILTER (WHERE place * 100 >= measurements * 95) AS p95_value,
  max(value) AS max_value
FROM ranked
GROUP BY service, hour, metric, unit
