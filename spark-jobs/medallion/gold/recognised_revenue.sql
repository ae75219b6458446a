-- What was earned, by month and currency, whenever it was paid. An order is earned on the day that its first shipment or delivery is told
-- of; where no event tells, and the CRM says that it is shipped or completed, on its own day. One that is cancelled or refunded is not.
-- A subscription that is active, past due or cancelled earns its monthly price day by day while it runs, up to the day of the newest change
-- in the billing system; trials and others earn nothing.
-- Made whole each time: each new day in the billing system adds to what all running subscriptions have earned.
WITH shipped AS (
  SELECT order_id, min(CAST(timestamp AS date)) AS earned_on
  FROM silver.order_events
  WHERE event_type IN ('shipped', 'delivered')
  GROUP BY order_id
),
orders AS (
  SELECT trunc(coalesce(shipped.earned_on, orders.order_date), 'MM') AS month, orders.currency, orders.total_amount
  FROM silver.customer_orders AS orders
  LEFT JOIN shipped ON shipped.order_id = orders.order_id
  WHERE coalesce(orders.status, '') NOT IN ('cancelled', 'refunded') AND (shipped.order_id IS NOT NULL OR orders.status IN ('shipped', 'completed'))
),
told AS (
  SELECT date_add(CAST(max(updated_at) AS date), 1) AS up_to FROM gold.fact_subscriptions
),
running AS (
  SELECT currency, coalesce(price, 0) AS price, CAST(started_at AS date) AS begins, least(CAST(ended_at AS date), up_to) AS ends
  FROM gold.fact_subscriptions
  CROSS JOIN told
  WHERE status IN ('active', 'past_due', 'cancelled') AND started_at IS NOT NULL
),
months AS (
  SELECT currency, price, month, datediff(least(ends, add_months(month, 1)), greatest(begins, month)) AS days
  FROM (SELECT * FROM running WHERE begins < ends) AS begun
  LATERAL VIEW explode(sequence(trunc(begins, 'MM'), trunc(date_sub(ends, 1), 'MM'), INTERVAL 1 MONTH)) AS month
)
SELECT month, currency, 'order' AS source, count(*) AS items, CAST(sum(total_amount) AS decimal(28, 6)) AS amount
FROM orders
GROUP BY month, currency
UNION ALL
-- Added up before it is divided: a quotient is rounded, and would be so many times.
SELECT month, currency, 'subscription', count(*), CAST(sum(price * days) / CAST(day(last_day(month)) AS decimal(2, 0)) AS decimal(28, 6))
FROM months
GROUP BY month, currency
