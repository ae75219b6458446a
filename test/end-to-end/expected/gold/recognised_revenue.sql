-- Subscriptions day by day.
WITH earned AS (
  SELECT
    currency, total_amount,
    ifnull(
      (SELECT min("timestamp") AT TIME ZONE 'UTC' FROM silver.order_events AS event WHERE event.order_id = sale.order_id AND event_type IN ('shipped', 'delivered')),
      CASE WHEN status IN ('shipped', 'completed') THEN order_date END
    ) AS moment
  FROM silver.customer_orders AS sale
  WHERE status IS NULL OR status NOT IN ('cancelled', 'refunded')
),
day AS (
  SELECT
    subscription_id, ifnull(currency, 'unknown') AS currency, ifnull(price, 0) AS price,
    CAST(unnest(generate_series(
      CAST(started_at AT TIME ZONE 'UTC' AS DATE),
      least(
        CAST(ends_at AT TIME ZONE 'UTC' AS DATE) - 1,
        CAST(ifnull(cancelled_at, CASE status WHEN 'cancelled' THEN updated_at END) AT TIME ZONE 'UTC' AS DATE) - 1,
        (SELECT CAST(max(updated_at) AT TIME ZONE 'UTC' AS DATE) FROM silver.subscriptions)
      ),
      INTERVAL 1 DAY
    )) AS DATE) AS day
  FROM silver.subscriptions
  WHERE list_contains(['active', 'cancelled', 'past_due'], status)
)
SELECT date_trunc('month', moment)::DATE AS month, currency, 'order' AS source, count(*) AS items, CAST(sum(total_amount) AS DECIMAL(28, 6)) AS amount
FROM earned
WHERE moment IS NOT NULL
GROUP BY month, currency
UNION ALL
SELECT
  date_trunc('month', day)::DATE AS month, currency, 'subscription', count(DISTINCT subscription_id),
  CAST(sum(price) / day(last_day(any_value(day))) AS DECIMAL(28, 6))
FROM day
GROUP BY month, currency
