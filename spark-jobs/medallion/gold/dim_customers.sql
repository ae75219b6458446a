-- External customers, a row for each version of one, and the unknown customer. No source lists customers: a version begins on the day of
-- the first order that names the customer otherwise than the day of orders before, and of a day's orders the one changed last counts.
-- So each order has a version as of its day; what is dated before the first order points to the first version. Where the CRM itself says
-- unknown, that is the unknown customer.
WITH told AS (
  SELECT customer_id, order_date, max_by(struct(customer_name, email), struct(_sequence, order_id)) AS told
  FROM silver.customer_orders
  WHERE customer_id <> 'unknown'
  GROUP BY customer_id, order_date
),
compared AS (
  SELECT *, lag(told) OVER (PARTITION BY customer_id ORDER BY order_date) AS told_before FROM told
),
versions AS (
  SELECT
    customer_id, told, keyed_hash(lower(trim(told.email))) AS email_hash,
    order_date AS begins, lead(order_date) OVER of_customer AS ends,
    row_number() OVER of_customer = 1 AS is_first
  FROM compared
  WHERE NOT told <=> told_before
  WINDOW of_customer AS (PARTITION BY customer_id ORDER BY order_date)
),
numbers AS (
  SELECT customer_id, min(order_date) AS first_order_date, max(order_date) AS last_order_date, count(*) AS orders
  FROM silver.customer_orders
  GROUP BY customer_id
),
-- An address leads to the user who has it now, before those who had it; of several to the first, so that no customer is there twice.
users AS (
  SELECT email_hash, min_by(user_id, struct(NOT is_current, user_id)) AS user_id
  FROM gold.dim_users
  WHERE email_hash IS NOT NULL
  GROUP BY email_hash
)
SELECT
  sha2(concat(versions.customer_id, '/', begins), 256) AS customer_key,
  versions.customer_id,
  told.customer_name,
  told.email,
  versions.email_hash,
  coalesce(users.user_id, 'unknown') AS user_id,
  first_order_date,
  last_order_date,
  orders,
  CAST(begins AS timestamp) AS valid_from,
  CAST(ends AS timestamp) AS valid_to,
  ends IS NULL AS is_current,
  is_first
FROM versions
JOIN numbers ON numbers.customer_id = versions.customer_id
LEFT JOIN users ON users.email_hash = versions.email_hash
UNION ALL
SELECT 'unknown', 'unknown', NULL, NULL, NULL, 'unknown', NULL, NULL, 0, NULL, NULL, true, true
