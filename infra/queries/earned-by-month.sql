-- Revenue by the month in which it was earned, whenever it was paid
SELECT month, currency, source, items, amount
FROM gold.recognised_revenue
ORDER BY month DESC, currency, source
LIMIT 12
