SELECT
  _row_hash,
  order_id, customer_id, customer_name, email,
  CAST(order_date AS DATE) AS order_date,
  CAST(total_amount AS DECIMAL(18, 2)) AS total_amount,
  status, payment_method, currency,
  CAST(updated_at AS TIMESTAMPTZ) AS updated_at,
  CASE
    WHEN customer_id IS NULL THEN 'customer_orders.customer_id.required'
    WHEN NOT regexp_full_match(email, '[^@\s]+@[^@\s]+\.[^@\s]+') THEN 'customer_orders.email.pattern'
    WHEN order_date IS NULL THEN 'customer_orders.order_date.required'
    WHEN total_amount IS NULL THEN 'customer_orders.total_amount.required'
    WHEN starts_with(total_amount, '-') THEN 'customer_orders.total_amount.range'
    WHEN currency IS NULL THEN 'customer_orders.currency.required'
    WHEN NOT regexp_full_match(currency, '[A-Z]{3}') THEN 'customer_orders.currency.pattern'
    WHEN datediff('day', CAST(updated_at AS TIMESTAMPTZ) AT TIME ZONE 'UTC', CAST(order_date AS TIMESTAMP)) > 1 THEN 'customer_orders.order_date.sql'
  END AS rule
FROM source.customer_orders
