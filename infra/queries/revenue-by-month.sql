-- Revenue by month
SELECT month, currency, orders, revenue
FROM gold.monthly_sales
ORDER BY month DESC, currency
LIMIT 6
