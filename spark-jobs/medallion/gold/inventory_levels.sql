-- How long the stock of each product and warehouse lasts at the pace of the last 30 days.
-- Those are the 30 days up to the newest movement and not up to today: built again, the same data must give the same rows.
-- Made whole each time: with each new day of movements the 30 days of every row are others.
WITH outflow AS (
  SELECT product_id, warehouse_id, -sum(change) AS quantity
  FROM silver.inventory_updates
  WHERE change < 0 AND CAST(timestamp AS date) > (SELECT date_sub(CAST(max(timestamp) AS date), 30) FROM silver.inventory_updates)
  GROUP BY product_id, warehouse_id
)
SELECT
  stock.product_id,
  stock.warehouse_id,
  stock.product_key,
  (SELECT CAST(max(timestamp) AS date) FROM silver.inventory_updates) AS as_of_date,
  stock.quantity_on_hand,
  stock.quantity_available,
  coalesce(outflow.quantity, 0) AS outflow_30_days,
  CAST(coalesce(outflow.quantity, 0) / CAST(30 AS decimal(18, 0)) AS decimal(18, 6)) AS daily_outflow,
  CAST(
    CASE WHEN stock.quantity_available < 0 THEN 0 ELSE stock.quantity_available END * CAST(30 AS decimal(18, 0)) / outflow.quantity
    AS decimal(18, 6)
  ) AS days_of_cover
FROM gold.fact_inventory AS stock
LEFT JOIN outflow ON outflow.product_id = stock.product_id AND outflow.warehouse_id = stock.warehouse_id
