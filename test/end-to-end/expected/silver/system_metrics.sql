SELECT
  "partition", "offset", _row_hash,
  event->>'$.metric' AS metric,
  event->>'$.service' AS service,
  event->>'$.host' AS host,
  TRY_CAST(event->>'$.value' AS DOUBLE) AS value,
  event->>'$.unit' AS unit,
  CAST(event->>'$.timestamp' AS TIMESTAMPTZ) AS "timestamp",
  CASE
    WHEN event IS NULL THEN 'system_metrics.value.json'
    WHEN TRY_CAST(event->>'$.value' AS DOUBLE) IS NULL THEN 'system_metrics.value.type'
    WHEN event->>'$.metric' IS NULL THEN 'system_metrics.metric.required'
  END AS rule
FROM record.system_metrics
