-- What each product sold, by currency. The unknown product has what orders' totals have beyond their lines, so that all revenue is here.
WITH returned AS (
  SELECT DISTINCT order_id FROM silver.order_events WHERE event_type = 'returned'
),
sold AS (
  SELECT
    sales.product_key,
    sales.currency,
    count(DISTINCT sales.order_id) AS orders,
    coalesce(sum(sales.quantity), 0) AS units,
    sum(sales.amount) AS revenue,
    coalesce(sum(sales.quantity) FILTER (WHERE sales.status IN ('cancelled', 'refunded')), 0) AS cancelled_units,
    coalesce(sum(sales.amount) FILTER (WHERE sales.status IN ('cancelled', 'refunded')), 0) AS cancelled_revenue,
    coalesce(sum(sales.quantity) FILTER (WHERE returned.order_id IS NOT NULL), 0) AS returned_units
  FROM gold.fact_sales AS sales
  LEFT JOIN returned ON returned.order_id = sales.order_id
  GROUP BY sales.product_key, sales.currency
)
SELECT
  sold.product_key,
  sold.currency,
  sold.orders,
  sold.units,
  sold.revenue,
  sold.cancelled_units,
  sold.cancelled_revenue,
  sold.returned_units,
  CAST(sold.returned_units / nullif(CAST(sold.units AS decimal(18, 0)), 0) AS decimal(9, 6)) AS returned_share,
  CASE
    WHEN products.currency = sold.currency
    THEN sold.revenue - sold.cancelled_revenue - CAST(sold.units - sold.cancelled_units AS decimal(18, 0)) * products.unit_cost
  END AS margin_amount
FROM sold
LEFT JOIN gold.dim_products AS products ON products.product_key = sold.product_key
