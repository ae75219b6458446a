-- Products that a warehouse has fewer of than its reorder point
SELECT i.warehouse_id, p.sku, p.name, i.quantity_available, i.reorder_point
FROM gold.fact_inventory i
LEFT JOIN gold.dim_products p ON p.product_key = i.product_key
WHERE i.is_to_reorder
ORDER BY i.quantity_available - i.reorder_point, i.warehouse_id, p.sku
