SELECT
  _row_hash,
  product_id, sku, name, category, brand,
  CAST(unit_cost AS DECIMAL(18, 4)) AS unit_cost,
  CAST(list_price AS DECIMAL(18, 2)) AS list_price,
  currency,
  CAST(is_active AS BOOLEAN) AS is_active,
  attributes,
  -- Nanoseconds are cut off: neither Silver nor its readers have them.
  CAST(regexp_replace(updated_at, '\d{3}$', 'Z') AS TIMESTAMPTZ) AS updated_at,
  CASE
    WHEN name IS NULL THEN 'product_catalog.name.required'
    WHEN starts_with(unit_cost, '-') THEN 'product_catalog.unit_cost.range'
    WHEN starts_with(list_price, '-') THEN 'product_catalog.list_price.range'
    WHEN NOT regexp_full_match(currency, '[A-Z]{3}') THEN 'product_catalog.currency.pattern'
  END AS rule
FROM source.product_catalog
