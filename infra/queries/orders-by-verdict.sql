-- How orders and what was booked for them agree
SELECT verdict, currency, count(*) AS orders, sum(difference_amount) AS difference
FROM gold.order_reconciliation
GROUP BY verdict, currency
ORDER BY currency, orders DESC
