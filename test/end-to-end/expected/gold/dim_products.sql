SELECT
  sha256(product_id) AS product_key, product_id, sku, name, category, brand, unit_cost, list_price, currency, is_active, attributes, updated_at
FROM silver.product_catalog
UNION ALL
SELECT 'unknown', 'unknown', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
