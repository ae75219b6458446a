-- The 95th percentile by its place in the sorted list.
WITH hourly AS (
  SELECT
    ifnull(service, 'unknown') AS service,
    date_trunc('hour', "timestamp") AS hour,
    metric,
    ifnull(unit, 'unknown') AS unit,
    count(DISTINCT host) AS hosts,
    list_sort(list(value)) AS sorted
  FROM silver.system_metrics
  GROUP BY ALL
)
SELECT
  service, hour, metric, unit,
  len(sorted) AS measurements,
  hosts,
  sorted[1] AS min_value,
  CAST(list_sum([CAST(value AS DECIMAL(28, 6)) FOR value IN sorted]) / len(sorted) AS DECIMAL(28, 6)) AS average_value,
  sorted[(len(sorted) * 95 + 99) // 100] AS p95_value,
  sorted[-1] AS max_value
FROM hourly
