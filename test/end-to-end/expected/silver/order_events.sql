SELECT
  "partition", "offset", _row_hash,
  event->>'$.event_id' AS event_id,
  event->>'$.order_id' AS order_id,
  event->>'$.customer_id' AS customer_id,
  event->>'$.user_id' AS user_id,
  event->>'$.event_type' AS event_type,
  CAST(event->'$.items' AS STRUCT(product_id VARCHAR, quantity INTEGER, unit_price DECIMAL(12, 2))[]) AS items,
  CAST(event->>'$.timestamp' AS TIMESTAMPTZ) AS "timestamp",
  CAST(event->>'$.schema_version' AS INTEGER) AS schema_version,
  CASE
    WHEN event IS NULL THEN 'order_events.value.json'
    WHEN event->>'$.order_id' IS NULL THEN 'order_events.order_id.required'
    WHEN event->>'$.event_type' NOT IN ('order_placed', 'paid', 'shipped', 'delivered', 'cancelled', 'returned')
      THEN 'order_events.event_type.allowed'
  END AS rule
FROM record.order_events
