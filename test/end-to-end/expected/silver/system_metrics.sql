WITH records AS (
  SELECT CAST("partition" AS INTEGER) AS "partition", CAST("offset" AS BIGINT) AS "offset",
    CASE WHEN json_valid(value) THEN CAST(value AS JSON) END AS event
  FROM source.system_metrics
)
SELECT
  "partition", "offset",
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
FROM records
