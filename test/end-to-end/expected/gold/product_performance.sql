-- The margin line by line.
WITH line AS (
  SELECT
    sale.*,
    ifnull(quantity, 0) AS pieces,
    ifnull(status, '') IN ('cancelled', 'refunded') AS is_off,
    order_id IN (SELECT order_id FROM silver.order_events WHERE event_type = 'returned') AS is_returned,
    (SELECT unit_cost
     FROM gold.dim_products AS product
     WHERE product.product_key = sale.product_key AND product.currency = sale.currency) AS cost
  FROM gold.fact_sales AS sale
)
SELECT
  product_id, currency,
  count(DISTINCT order_id) AS orders,
  sum(pieces) AS units,
  sum(amount) AS revenue,
  sum(CASE WHEN is_off THEN pieces ELSE 0 END) AS cancelled_units,
  sum(CASE WHEN is_off THEN amount ELSE 0 END) AS cancelled_revenue,
  sum(CASE WHEN is_returned THEN pieces ELSE 0 END) AS returned_units,
  CAST(sum(CASE WHEN is_returned THEN pieces ELSE 0 END) / nullif(sum(pieces), 0) AS DECIMAL(9, 6)) AS returned_share,
  CASE WHEN count(cost) = count(*) THEN sum(CASE WHEN is_off THEN 0 ELSE amount - pieces * cost END) END AS margin_amount
FROM line
GROUP BY product_id, currency
