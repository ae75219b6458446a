-- Top products
SELECT p.name, s.currency, sum(s.quantity) AS sold, sum(s.amount) AS revenue
FROM gold.fact_sales s
JOIN gold.dim_products p ON p.product_key = s.product_key
WHERE p.product_key <> 'unknown'
GROUP BY p.name, s.currency
ORDER BY revenue DESC
LIMIT 5
