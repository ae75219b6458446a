SELECT
  event_id, event_type,
  CAST(strftime("timestamp" AT TIME ZONE 'UTC', '%Y%m%d') AS INTEGER) AS date_key,
  "timestamp" AS occurred_at,
  CASE WHEN user_id IN (SELECT user_id FROM silver.users) THEN sha256(user_id) ELSE 'unknown' END AS user_key,
  CASE WHEN product_id IN (SELECT product_id FROM silver.product_catalog) THEN sha256(product_id) ELSE 'unknown' END AS product_key,
  session_id, page_url, properties
FROM silver.user_events
