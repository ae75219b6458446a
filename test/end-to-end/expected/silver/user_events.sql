SELECT
  "partition", "offset", _row_hash,
  event->>'$.event_id' AS event_id,
  event->>'$.user_id' AS user_id,
  event->>'$.event_type' AS event_type,
  event->>'$.page_url' AS page_url,
  event->>'$.product_id' AS product_id,
  TRY_CAST(event->>'$.timestamp' AS TIMESTAMPTZ) AS "timestamp",
  event->>'$.session_id' AS session_id,
  -- Spark writes a character beyond the basic plane as two escapes, which mean the same.
  replace(event->>'$.properties', '🛒', '\uD83D\uDED2') AS properties,
  CAST(event->>'$.schema_version' AS INTEGER) AS schema_version,
  CASE
    WHEN event IS NULL THEN 'user_events.value.json'
    WHEN TRY_CAST(event->>'$.timestamp' AS TIMESTAMPTZ) IS NULL THEN 'user_events.timestamp.type'
    WHEN event->>'$.event_id' IS NULL THEN 'user_events.event_id.required'
    WHEN event->>'$.event_type' IS NULL THEN 'user_events.event_type.required'
  END AS rule
FROM record.user_events
