-- Subscriptions and what they bring in a month (MRR), month by month up to the newest change in the billing system. What is active or past
-- due counts, and up to its end what is cancelled. Trials do not, nor do other statuses, of which nobody knows that they pay, nor what ended
-- before it began. One is new in the month it starts in and churned in the month it ends in, so that those active at a month's end are those
-- of the month before, more the new, less the churned.
-- Made whole each time: a start or an end moves all months after it, and a new month gives each plan a row.
WITH paying AS (
  SELECT
    plan,
    currency,
    coalesce(price, 0) AS price,
    trunc(started_at, 'MM') AS started_month,
    trunc(ended_at, 'MM') AS ended_month
  FROM gold.fact_subscriptions
  WHERE status IN ('active', 'past_due', 'cancelled') AND started_at IS NOT NULL AND (ended_at IS NULL OR ended_at > started_at)
),
moves AS (
  SELECT plan, currency, started_month AS month, 1 AS started, 0 AS ended, 0 AS lost, price AS started_mrr, 0 AS ended_mrr FROM paying
  UNION ALL
  SELECT plan, currency, ended_month, 0, 1, if(started_month < ended_month, 1, 0), 0, price FROM paying WHERE ended_month IS NOT NULL
),
moved AS (
  SELECT
    plan,
    currency,
    month,
    sum(started) AS started,
    sum(ended) AS ended,
    sum(lost) AS lost,
    sum(started_mrr) AS started_mrr,
    sum(ended_mrr) AS ended_mrr
  FROM moves
  GROUP BY plan, currency, month
),
plans AS (
  SELECT
    plan,
    currency,
    min(started_month) AS first_month,
    -- Of all subscriptions: a trial's change says that the billing system has come so far, too.
    (SELECT trunc(max(updated_at), 'MM') FROM gold.fact_subscriptions) AS last_month
  FROM paying
  GROUP BY plan, currency
),
-- A month in which nothing moved has its row, too.
all_months AS (
  SELECT plan, currency, month
  FROM (SELECT * FROM plans WHERE first_month <= last_month) AS begun
  LATERAL VIEW explode(sequence(first_month, last_month, INTERVAL 1 MONTH)) AS month
),
running AS (
  SELECT
    all_months.month,
    all_months.plan,
    all_months.currency,
    coalesce(moved.started, 0) AS started,
    coalesce(moved.ended, 0) AS ended,
    coalesce(moved.lost, 0) AS lost,
    coalesce(moved.started_mrr, 0) AS started_mrr,
    coalesce(moved.ended_mrr, 0) AS ended_mrr,
    sum(coalesce(moved.started - moved.ended, 0)) OVER to_here AS active,
    sum(coalesce(moved.started_mrr - moved.ended_mrr, 0)) OVER to_here AS mrr
  FROM all_months
  LEFT JOIN moved ON moved.plan = all_months.plan AND moved.currency = all_months.currency AND moved.month = all_months.month
  WINDOW to_here AS (PARTITION BY all_months.plan, all_months.currency ORDER BY all_months.month)
)
SELECT
  month,
  plan,
  currency,
  active AS active_subscriptions,
  started AS new_subscriptions,
  ended AS churned_subscriptions,
  mrr,
  started_mrr AS new_mrr,
  ended_mrr AS churned_mrr,
  -- What began in the month was not there to be lost when it began.
  CAST(lost / nullif(CAST(active - started + ended AS decimal(18, 0)), 0) AS decimal(9, 6)) AS churned_share
FROM running
