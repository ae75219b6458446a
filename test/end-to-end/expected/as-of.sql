-- The key of the version that had begun last by a moment, if it had not ended by then; before all versions, that of the first.
CREATE MACRO user_as_of(id, moment) AS coalesce(
  (SELECT arg_max(CASE WHEN ifnull(valid_to, 'infinity') > moment THEN user_key ELSE 'unknown' END, valid_from)
   FROM gold.dim_users WHERE user_id = id AND valid_from <= moment),
  (SELECT arg_min(user_key, valid_from) FROM gold.dim_users WHERE user_id = id),
  'unknown'
);
CREATE MACRO product_as_of(id, moment) AS coalesce(
  (SELECT arg_max(CASE WHEN ifnull(valid_to, 'infinity') > moment THEN product_key ELSE 'unknown' END, valid_from)
   FROM gold.dim_products WHERE product_id = id AND valid_from <= moment),
  (SELECT arg_min(product_key, valid_from) FROM gold.dim_products WHERE product_id = id),
  'unknown'
);
CREATE MACRO customer_as_of(id, moment) AS coalesce(
  (SELECT arg_max(customer_key, valid_from) FROM gold.dim_customers WHERE customer_id = id AND valid_from <= moment),
  (SELECT arg_min(customer_key, valid_from) FROM gold.dim_customers WHERE customer_id = id),
  'unknown'
);
CREATE MACRO unless_unknown(key, id) AS CASE key WHEN 'unknown' THEN 'unknown' ELSE id END;
