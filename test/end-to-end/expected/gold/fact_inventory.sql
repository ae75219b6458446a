WITH last_movement AS (
  SELECT product_id, warehouse_id, "timestamp", quantity_after
  FROM silver.inventory_updates
  QUALIFY row_number() OVER (PARTITION BY product_id, warehouse_id ORDER BY "timestamp" DESC, event_id DESC) = 1
),
total AS (
  SELECT product_id, warehouse_id, count(*) AS movements, sum(change) AS net_change
  FROM silver.inventory_updates
  GROUP BY ALL
)
SELECT
  stock.product_id, stock.warehouse_id,
  ifnull(product.product_key, 'unknown') AS product_key,
  quantity_on_hand, quantity_reserved,
  quantity_on_hand - quantity_reserved AS quantity_available,
  reorder_point,
  reorder_point >= quantity_on_hand - quantity_reserved AS is_to_reorder,
  product.unit_cost * quantity_on_hand AS stock_cost,
  product.currency,
  coalesce(movements, 0) AS movements,
  coalesce(net_change, 0) AS net_change,
  last_movement."timestamp" AS last_movement_at,
  last_movement.quantity_after AS quantity_counted,
  stock.updated_at
FROM silver.product_inventory AS stock
LEFT JOIN (SELECT * FROM gold.dim_products WHERE valid_to IS NULL) AS product USING (product_id)
LEFT JOIN total USING (product_id, warehouse_id)
LEFT JOIN last_movement USING (product_id, warehouse_id)
