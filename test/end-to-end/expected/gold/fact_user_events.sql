WITH keyed AS (
  SELECT *, user_as_of(user_id, "timestamp") AS user_key, product_as_of(product_id, "timestamp") AS product_key FROM silver.user_events
)
SELECT
  event_id, event_type,
  CAST(strftime("timestamp" AT TIME ZONE 'UTC', '%Y%m%d') AS INTEGER) AS date_key,
  "timestamp" AS occurred_at,
  user_key,
  unless_unknown(user_key, user_id) AS user_id,
  product_key,
  unless_unknown(product_key, product_id) AS product_id,
  session_id, page_url, properties
FROM keyed
