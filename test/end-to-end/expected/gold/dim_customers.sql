-- Day by day: one that says otherwise than the last day before it begins a version.
WITH day AS (
  SELECT customer_id, order_date, customer_name, email
  FROM silver.customer_orders
  WHERE customer_id NOT IN ('unknown')
  QUALIFY row_number() OVER (PARTITION BY customer_id, order_date ORDER BY updated_at DESC, order_id DESC) = 1
),
begun AS (
  SELECT day.*, lower(trim(day.email)) AS mail, before.customer_id IS NULL AS is_first
  FROM day
  ASOF LEFT JOIN day AS before ON before.customer_id = day.customer_id AND before.order_date < day.order_date
  WHERE before.customer_id IS NULL
    OR before.customer_name IS DISTINCT FROM day.customer_name
    OR before.email IS DISTINCT FROM day.email
),
version AS (
  SELECT *, (SELECT min(order_date) FROM begun AS later WHERE later.customer_id = begun.customer_id AND later.order_date > begun.order_date) AS ends
  FROM begun
)
SELECT
  sha256(customer_id || '/' || order_date) AS customer_key,
  customer_id, customer_name, email,
  keyed_hash(mail) AS email_hash,
  coalesce(
    (SELECT min(user_id) FROM silver.users WHERE lower(trim(users.email)) = version.mail AND is_current),
    (SELECT min(user_id) FROM silver.users WHERE lower(trim(users.email)) = version.mail),
    'unknown'
  ) AS user_id,
  (SELECT min(order_date) FROM silver.customer_orders AS orders WHERE orders.customer_id = version.customer_id) AS first_order_date,
  (SELECT max(order_date) FROM silver.customer_orders AS orders WHERE orders.customer_id = version.customer_id) AS last_order_date,
  (SELECT count(*) FROM silver.customer_orders AS orders WHERE orders.customer_id = version.customer_id) AS orders,
  order_date AT TIME ZONE 'UTC' AS valid_from,
  ends AT TIME ZONE 'UTC' AS valid_to,
  ends IS NULL AS is_current,
  is_first
FROM version
UNION ALL
SELECT 'unknown', 'unknown', NULL, NULL, NULL, 'unknown', NULL, NULL, 0, NULL, NULL, true, true
