-- Customers by segment, and what they spent
SELECT segment, currency, count(*) AS customers, sum(orders) AS orders, sum(revenue) AS revenue
FROM gold.customer_behaviour
GROUP BY segment, currency
ORDER BY currency, revenue DESC
