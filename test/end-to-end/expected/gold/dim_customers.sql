WITH latest AS (
  SELECT customer_id, customer_name, email, lower(trim(email)) AS mail
  FROM silver.customer_orders
  QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY updated_at DESC, order_id DESC) = 1
)
SELECT
  sha256(customer_id) AS customer_key,
  customer_id, customer_name, email,
  sha256(mail) AS email_hash,
  coalesce((SELECT sha256(min(user_id)) FROM silver.users WHERE lower(trim(users.email)) = latest.mail), 'unknown') AS user_key,
  (SELECT min(order_date) FROM silver.customer_orders AS orders WHERE orders.customer_id = latest.customer_id) AS first_order_date,
  (SELECT max(order_date) FROM silver.customer_orders AS orders WHERE orders.customer_id = latest.customer_id) AS last_order_date,
  (SELECT count(*) FROM silver.customer_orders AS orders WHERE orders.customer_id = latest.customer_id) AS orders
FROM latest
UNION ALL
SELECT 'unknown', 'unknown', NULL, NULL, NULL, 'unknown', NULL, NULL, 0
