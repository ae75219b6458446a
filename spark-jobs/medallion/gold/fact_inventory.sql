-- Stock as inventory management has it now, beside what the movements add up to and leave behind. It is a state and no event: the product
-- is the one that the catalogue has now.
WITH movements AS (
  SELECT
    product_id,
    warehouse_id,
    count(*) AS movements,
    sum(change) AS net_change,
    max(timestamp) AS last_movement_at,
    max_by(quantity_after, struct(timestamp, event_id)) AS quantity_counted
  FROM silver.inventory_updates
  GROUP BY product_id, warehouse_id
)
SELECT
  stock.product_id,
  stock.warehouse_id,
  coalesce(products.product_key, 'unknown') AS product_key,
  stock.quantity_on_hand,
  stock.quantity_reserved,
  stock.quantity_on_hand - stock.quantity_reserved AS quantity_available,
  stock.reorder_point,
  stock.quantity_on_hand - stock.quantity_reserved <= stock.reorder_point AS is_to_reorder,
  stock.quantity_on_hand * products.unit_cost AS stock_cost,
  products.currency,
  coalesce(movements.movements, 0) AS movements,
  coalesce(movements.net_change, 0) AS net_change,
  movements.last_movement_at,
  movements.quantity_counted,
  stock.updated_at
FROM silver.product_inventory AS stock
LEFT JOIN movements ON movements.product_id = stock.product_id AND movements.warehouse_id = stock.warehouse_id
LEFT JOIN gold.dim_products AS products ON products.product_id = stock.product_id AND products.is_current
