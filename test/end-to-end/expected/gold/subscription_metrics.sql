-- Each month counted by itself, over the subscriptions that had begun by its end.
WITH subscription AS (
  SELECT
    ifnull(plan, 'unknown') AS plan, ifnull(currency, 'unknown') AS currency, ifnull(price, 0) AS price,
    started_at AT TIME ZONE 'UTC' AS started,
    ifnull(
      least(ends_at, cancelled_at, CASE WHEN cancelled_at IS NULL AND status = 'cancelled' THEN updated_at END) AT TIME ZONE 'UTC', 'infinity'
    ) AS ended
  FROM silver.subscriptions
  WHERE list_contains(['active', 'cancelled', 'past_due'], status) AND started < ended
),
period AS (
  SELECT
    unnest(generate_series(
      (SELECT date_trunc('month', min(started)) FROM subscription), (SELECT max(date_trunc('month', updated_at AT TIME ZONE 'UTC')) FROM silver.subscriptions), INTERVAL 1 MONTH
    )) AS first,
    first + INTERVAL 1 MONTH AS next
)
SELECT
  CAST(first AS DATE) AS month, plan, currency,
  count(*) FILTER (ended >= next) AS active_subscriptions,
  count(*) FILTER (started >= first) AS new_subscriptions,
  count(*) FILTER (ended >= first AND ended < next) AS churned_subscriptions,
  ifnull(sum(price) FILTER (ended >= next), 0) AS mrr,
  ifnull(sum(price) FILTER (started >= first), 0) AS new_mrr,
  ifnull(sum(price) FILTER (ended >= first AND ended < next), 0) AS churned_mrr,
  CAST(
    count(*) FILTER (started < first AND ended >= first AND ended < next) / nullif(count(*) FILTER (started < first AND ended >= first), 0) AS DECIMAL(9, 6)
  ) AS churned_share
FROM period
JOIN subscription ON started < next
GROUP BY first, plan, currency
