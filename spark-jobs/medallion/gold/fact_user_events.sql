-- What users do. Events arrive late and in any order: only their own time counts.
SELECT
  events.event_id,
  events.event_type,
  coalesce(dates.date_key, 0) AS date_key,
  events.timestamp AS occurred_at,
  coalesce(users.user_key, 'unknown') AS user_key,
  coalesce(users.user_id, 'unknown') AS user_id,
  coalesce(products.product_key, 'unknown') AS product_key,
  coalesce(products.product_id, 'unknown') AS product_id,
  events.session_id,
  events.page_url,
  events.properties
FROM silver.user_events AS events
LEFT JOIN gold.dim_date AS dates ON dates.date = CAST(events.timestamp AS date)
LEFT JOIN gold.dim_users AS users
  ON users.user_id = events.user_id
  AND (events.timestamp >= users.valid_from OR users.is_first)
  AND (events.timestamp < users.valid_to OR users.valid_to IS NULL)
LEFT JOIN gold.dim_products AS products
  ON products.product_id = events.product_id
  AND (events.timestamp >= products.valid_from OR products.is_first)
  AND (events.timestamp < products.valid_to OR products.valid_to IS NULL)
