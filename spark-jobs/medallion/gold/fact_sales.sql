-- Lines of orders. The CRM's header is what counts: the lines of the event are taken as they are, and what they lack of the header's total,
-- or exceed it by, is one line of the unknown product. An order without its event is one such line whole.
WITH placed AS (
  SELECT order_id, max_by(struct(user_id, timestamp, items), struct(timestamp, event_id)) AS event
  FROM silver.order_events
  WHERE event_type = 'order_placed'
  GROUP BY order_id
),
items AS (
  SELECT
    order_id,
    at + 1 AS line_number,
    item.product_id,
    item.quantity,
    item.unit_price,
    CAST(coalesce(item.quantity * item.unit_price, 0) AS decimal(18, 2)) AS amount
  FROM placed
  LATERAL VIEW posexplode(event.items) AS at, item
),
sums AS (
  SELECT order_id, sum(amount) AS amount FROM items GROUP BY order_id
),
lines AS (
  SELECT order_id, line_number, 'item' AS line_kind, product_id, quantity, unit_price, amount FROM items
  UNION ALL
  SELECT orders.order_id, 0, if(sums.order_id IS NULL, 'total', 'adjustment'), NULL, NULL, NULL, orders.total_amount - coalesce(sums.amount, 0)
  FROM silver.customer_orders AS orders
  LEFT JOIN sums ON sums.order_id = orders.order_id
  WHERE sums.order_id IS NULL OR orders.total_amount <> sums.amount
)
SELECT
  orders.order_id,
  lines.line_number,
  lines.line_kind,
  coalesce(dates.date_key, 0) AS date_key,
  orders.order_date,
  coalesce(customers.customer_key, 'unknown') AS customer_key,
  coalesce(users.user_key, customers.user_key, 'unknown') AS user_key,
  coalesce(products.product_key, 'unknown') AS product_key,
  lines.product_id,
  lines.quantity,
  lines.unit_price,
  lines.amount,
  orders.currency,
  orders.status,
  orders.payment_method,
  placed.event.timestamp AS placed_at
FROM silver.customer_orders AS orders
JOIN lines ON lines.order_id = orders.order_id
LEFT JOIN placed ON placed.order_id = orders.order_id
LEFT JOIN gold.dim_date AS dates ON dates.date = orders.order_date
LEFT JOIN gold.dim_customers AS customers ON customers.customer_id = orders.customer_id
LEFT JOIN gold.dim_users AS users ON users.user_id = placed.event.user_id
LEFT JOIN gold.dim_products AS products ON products.product_id = lines.product_id
