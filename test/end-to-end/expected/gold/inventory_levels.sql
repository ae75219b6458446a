WITH newest AS (
  SELECT CAST(max("timestamp") AT TIME ZONE 'UTC' AS DATE) AS day FROM silver.inventory_updates
),
level AS (
  SELECT
    *,
    quantity_on_hand - quantity_reserved AS quantity_available,
    (SELECT ifnull(sum(abs(change)), 0)
     FROM silver.inventory_updates AS movement
     WHERE movement.product_id = stock.product_id AND movement.warehouse_id = stock.warehouse_id AND change < 0
       AND "timestamp" AT TIME ZONE 'UTC' >= (SELECT day - INTERVAL 29 DAY FROM newest)) AS outflow
  FROM silver.product_inventory AS stock
)
SELECT
  product_id, warehouse_id,
  ifnull((SELECT product_key FROM gold.dim_products AS product WHERE product.product_id = level.product_id AND valid_to IS NULL), 'unknown') AS product_key,
  (SELECT day FROM newest) AS as_of_date,
  quantity_on_hand, quantity_available,
  outflow AS outflow_30_days,
  CAST(outflow / 30 AS DECIMAL(18, 6)) AS daily_outflow,
  CASE WHEN outflow > 0 THEN CAST(greatest(quantity_available, 0) * 30 / outflow AS DECIMAL(18, 6)) END AS days_of_cover
FROM level
