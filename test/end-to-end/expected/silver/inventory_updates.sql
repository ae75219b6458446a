SELECT
  "partition", "offset", _row_hash,
  event->>'$.event_id' AS event_id,
  event->>'$.product_id' AS product_id,
  event->>'$.warehouse_id' AS warehouse_id,
  TRY_CAST(event->>'$.change' AS INTEGER) AS change,
  CAST(event->>'$.quantity_after' AS INTEGER) AS quantity_after,
  event->>'$.reason' AS reason,
  CAST(event->>'$.timestamp' AS TIMESTAMPTZ) AS "timestamp",
  CASE
    WHEN event IS NULL THEN 'inventory_updates.value.json'
    WHEN TRY_CAST(event->>'$.change' AS INTEGER) IS NULL THEN 'inventory_updates.change.type'
    WHEN CAST(event->>'$.quantity_after' AS INTEGER) < 0 THEN 'inventory_updates.quantity_after.range'
  END AS rule
FROM record.inventory_updates
