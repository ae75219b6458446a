WITH placed AS (
  SELECT order_id, user_id, items, "timestamp"
  FROM silver.order_events
  WHERE event_type = 'order_placed'
  QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY "timestamp" DESC, event_id DESC) = 1
),
item AS (
  SELECT *, ifnull(TRY_CAST(quantity * CAST(unit_price AS DECIMAL(28, 2)) AS DECIMAL(18, 2)), 0) AS amount
  FROM (SELECT order_id, generate_subscripts(items, 1) AS line_number, unnest(items, recursive := true) FROM placed)
),
line AS (
  SELECT order_id, line_number, 'item' AS line_kind, product_id, quantity, unit_price, amount FROM item
  UNION ALL
  SELECT
    order_id, 0,
    CASE WHEN count(line_number) = 0 THEN 'total' ELSE 'adjustment' END,
    NULL, NULL, NULL,
    any_value(total_amount) - coalesce(sum(amount), 0)
  FROM silver.customer_orders
  LEFT JOIN item USING (order_id)
  GROUP BY order_id
  HAVING count(line_number) = 0 OR any_value(total_amount) <> sum(amount)
),
sale AS (
  SELECT
    order_id,
    customer_as_of(customer_id, order_date) AS customer_key,
    placed.user_id AS own_id,
    ifnull("timestamp", order_date) AS moment
  FROM silver.customer_orders
  LEFT JOIN placed USING (order_id)
),
version AS (
  SELECT
    sale.*,
    customer.user_id AS linked_id,
    user_as_of(own_id, moment) AS own_key,
    user_as_of(customer.user_id, moment) AS linked_key
  FROM sale
  JOIN gold.dim_customers AS customer USING (customer_key)
)
SELECT
  order_id, line_number, line_kind,
  CAST(strftime(order_date, '%Y%m%d') AS INTEGER) AS date_key,
  order_date,
  customer_key, customer_id,
  CASE own_key WHEN 'unknown' THEN linked_key ELSE own_key END AS user_key,
  CASE own_key WHEN 'unknown' THEN unless_unknown(linked_key, linked_id) ELSE own_id END AS user_id,
  product_as_of(line.product_id, moment) AS product_key,
  unless_unknown(product_as_of(line.product_id, moment), line.product_id) AS product_id,
  line.quantity, line.unit_price, line.amount,
  currency, status, payment_method,
  placed."timestamp" AS placed_at
FROM silver.customer_orders AS orders
JOIN line USING (order_id)
JOIN version USING (order_id)
LEFT JOIN placed USING (order_id)
