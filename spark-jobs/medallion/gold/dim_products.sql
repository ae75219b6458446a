-- Products of the catalogue, and the unknown product to which facts point that name none, or one that is not there.
SELECT
  sha2(product_id, 256) AS product_key,
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
  updated_at
FROM silver.product_catalog
UNION ALL
SELECT 'unknown', 'unknown', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
