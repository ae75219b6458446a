-- What each product sold, by currency. The unknown product has what orders' totals have beyond their lines, so that all revenue is here.
-- A piece costs what the catalogue said as of its sale; where it said nothing of one line, the product has no margin.
WITH returned AS (
  SELECT DISTINCT order_id FROM silver.order_events WHERE event_type = 'returned'
),
lines AS (
  SELECT
    sales.product_id,
    sales.currency,
    sales.order_id,
    coalesce(sales.quantity, 0) AS units,
    sales.amount,
    coalesce(sales.status IN ('cancelled', 'refunded'), false) AS is_cancelled,
    returned.order_id IS NOT NULL AS is_returned,
    if(products.currency = sales.currency, products.unit_cost, NULL) AS unit_cost
  FROM gold.fact_sales AS sales
  LEFT JOIN returned ON returned.order_id = sales.order_id
  LEFT JOIN gold.dim_products AS products ON products.product_key = sales.product_key
)
SELECT
  product_id,
  currency,
  count(DISTINCT order_id) AS orders,
  sum(units) AS units,
  sum(amount) AS revenue,
  coalesce(sum(units) FILTER (WHERE is_cancelled), 0) AS cancelled_units,
  coalesce(sum(amount) FILTER (WHERE is_cancelled), 0) AS cancelled_revenue,
  coalesce(sum(units) FILTER (WHERE is_returned), 0) AS returned_units,
  CAST(
    coalesce(sum(units) FILTER (WHERE is_returned), 0) / nullif(CAST(sum(units) AS decimal(18, 0)), 0) AS decimal(9, 6)
  ) AS returned_share,
  CASE
    WHEN every(unit_cost IS NOT NULL)
    THEN sum(if(is_cancelled, 0, amount - CAST(units AS decimal(10, 0)) * unit_cost))
  END AS margin_amount
FROM lines
GROUP BY product_id, currency
