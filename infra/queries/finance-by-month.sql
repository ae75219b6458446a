-- Revenue, refunds and costs by month
SELECT month, currency, revenue, refund_amount, costs, net_amount
FROM gold.finance_summary
ORDER BY month DESC, currency
LIMIT 12
