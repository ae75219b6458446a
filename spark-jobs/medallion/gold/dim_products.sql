-- Products of the catalogue, a row for each version of one, and the unknown product to which facts point that name none, or one that is
-- not there. A fact points to the version as of its event. What happened before the first version known points to the first; what
-- happened while the catalogue no longer had the product, to the unknown one. What the catalogue itself calls unknown is that one, too.
SELECT
  sha2(concat(product_id, '/', _sequence), 256) AS product_key,
  product_id,
  sku,
  name,
  category,
  brand,
  unit_cost,
  list_price,
  currency,
  is_active,
  attributes,
  updated_at,
  valid_from,
  valid_to,
  is_current,
  row_number() OVER (PARTITION BY product_id ORDER BY valid_from) = 1 AS is_first
FROM silver.product_catalog
WHERE product_id <> 'unknown'
UNION ALL
SELECT 'unknown', 'unknown', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, true, true
