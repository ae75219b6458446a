WITH placed AS (
  SELECT order_id, user_id, items, "timestamp"
  FROM silver.order_events
  WHERE event_type = 'order_placed'
  QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY "timestamp" DESC, event_id DESC) = 1
),
item AS (
  SELECT order_id, generate_subscripts(items, 1) AS line_number, unnest(items, recursive := true) FROM placed
),
line AS (
  SELECT order_id, line_number, 'item' AS line_kind, product_id, quantity, unit_price, quantity * unit_price AS amount FROM item
  UNION ALL
  SELECT
    order_id, 0,
    CASE WHEN count(line_number) = 0 THEN 'total' ELSE 'adjustment' END,
    NULL, NULL, NULL,
    any_value(total_amount) - coalesce(sum(quantity * unit_price), 0)
  FROM silver.customer_orders
  LEFT JOIN item USING (order_id)
  GROUP BY order_id
  HAVING count(line_number) = 0 OR any_value(total_amount) <> sum(quantity * unit_price)
)
SELECT
  order_id, line_number, line_kind,
  CAST(strftime(order_date, '%Y%m%d') AS INTEGER) AS date_key,
  order_date,
  sha256(customer_id) AS customer_key,
  CASE
    WHEN placed.user_id IN (SELECT user_id FROM silver.users) THEN sha256(placed.user_id)
    ELSE (SELECT user_key FROM gold.dim_customers AS customer WHERE customer.customer_id = orders.customer_id)
  END AS user_key,
  CASE WHEN line.product_id IN (SELECT product_id FROM silver.product_catalog) THEN sha256(line.product_id) ELSE 'unknown' END AS product_key,
  line.product_id, line.quantity, line.unit_price, line.amount,
  currency, status, payment_method,
  placed."timestamp" AS placed_at
FROM silver.customer_orders AS orders
JOIN line USING (order_id)
LEFT JOIN placed USING (order_id)
