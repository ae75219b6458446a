-- Products that run out within two weeks at the pace of the last 30 days
SELECT l.warehouse_id, p.sku, p.name, l.quantity_available, l.daily_outflow, l.days_of_cover
FROM gold.inventory_levels l
LEFT JOIN gold.dim_products p ON p.product_key = l.product_key
WHERE l.days_of_cover < 14
ORDER BY l.days_of_cover, l.warehouse_id, p.sku
