-- External customers as their latest order names them, the user with the same address beside each, and the unknown customer.
WITH latest AS (
  SELECT
    customer_id,
    max_by(struct(customer_name, email), struct(_sequence, order_id)) AS told,
    min(order_date) AS first_order_date,
    max(order_date) AS last_order_date,
    count(*) AS orders
  FROM silver.customer_orders
  GROUP BY customer_id
),
-- An address that several users have leads to the first of them, so that no customer is there twice.
users AS (
  SELECT lower(trim(email)) AS address, min_by(user_key, user_id) AS user_key
  FROM gold.dim_users
  WHERE email IS NOT NULL
  GROUP BY lower(trim(email))
)
SELECT
  sha2(customer_id, 256) AS customer_key,
  customer_id,
  told.customer_name,
  told.email,
  sha2(lower(trim(told.email)), 256) AS email_hash,
  coalesce(users.user_key, 'unknown') AS user_key,
  first_order_date,
  last_order_date,
  orders
FROM latest
LEFT JOIN users ON users.address = lower(trim(told.email))
UNION ALL
SELECT 'unknown', 'unknown', NULL, NULL, NULL, 'unknown', NULL, NULL, 0
