-- Lines of orders. The CRM's header is what counts: the lines of the event are taken as they are, and what they lack of the header's total,
-- or exceed it by, is one line of the unknown product. An order without its event is one such line whole. Users and products are as of
-- the time of the event, or of the beginning of the order's day where there is none; customers as of the day.
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
    -- What is too much for the type comes to nothing, too, and the adjustment has it.
    coalesce(CAST(item.quantity * item.unit_price AS decimal(18, 2)), 0) AS amount
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
),
orders AS (
  SELECT orders.*, placed.event.user_id, placed.event.timestamp AS placed_at, coalesce(placed.event.timestamp, orders.order_date) AS at
  FROM silver.customer_orders AS orders
  LEFT JOIN placed ON placed.order_id = orders.order_id
)
SELECT
  orders.order_id,
  lines.line_number,
  lines.line_kind,
  coalesce(dates.date_key, 0) AS date_key,
  orders.order_date,
  coalesce(customers.customer_key, 'unknown') AS customer_key,
  coalesce(customers.customer_id, 'unknown') AS customer_id,
  coalesce(users.user_key, linked.user_key, 'unknown') AS user_key,
  coalesce(users.user_id, linked.user_id, 'unknown') AS user_id,
  coalesce(products.product_key, 'unknown') AS product_key,
  coalesce(products.product_id, 'unknown') AS product_id,
  lines.quantity,
  lines.unit_price,
  lines.amount,
  orders.currency,
  orders.status,
  orders.payment_method,
  orders.placed_at
FROM orders
JOIN lines ON lines.order_id = orders.order_id
LEFT JOIN gold.dim_date AS dates ON dates.date = orders.order_date
LEFT JOIN gold.dim_customers AS customers
  ON customers.customer_id = orders.customer_id
  AND (orders.order_date >= customers.valid_from OR customers.is_first)
  AND (orders.order_date < customers.valid_to OR customers.valid_to IS NULL)
LEFT JOIN gold.dim_users AS users
  ON users.user_id = orders.user_id
  AND (orders.at >= users.valid_from OR users.is_first)
  AND (orders.at < users.valid_to OR users.valid_to IS NULL)
LEFT JOIN gold.dim_users AS linked
  ON linked.user_id = customers.user_id
  AND (orders.at >= linked.valid_from OR linked.is_first)
  AND (orders.at < linked.valid_to OR linked.valid_to IS NULL)
LEFT JOIN gold.dim_products AS products
  ON products.product_id = lines.product_id
  AND (orders.at >= products.valid_from OR products.is_first)
  AND (orders.at < products.valid_to OR products.valid_to IS NULL)
