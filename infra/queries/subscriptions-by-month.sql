-- What subscriptions bring in a month, and how many came and went
SELECT
  month, currency, sum(mrr) AS mrr, sum(active_subscriptions) AS active, sum(new_subscriptions) AS began, sum(churned_subscriptions) AS churned
FROM gold.subscription_metrics
GROUP BY month, currency
ORDER BY month DESC, currency
LIMIT 12
