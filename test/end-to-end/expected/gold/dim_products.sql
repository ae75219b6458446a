SELECT
  sha256(product_id || '/' || _batch) AS product_key,
  product_id, sku, name, category, brand, unit_cost, list_price, currency, is_active, attributes, updated_at,
  valid_from, valid_to, is_current,
  _batch = min(_batch) OVER (PARTITION BY product_id) AS is_first
FROM silver.product_catalog
WHERE product_id NOT IN ('unknown')
UNION ALL
SELECT 'unknown', 'unknown', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, true, true
