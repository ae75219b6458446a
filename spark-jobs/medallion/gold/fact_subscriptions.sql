-- Subscriptions as the billing system has them now. One ends when it is cancelled or runs out, whichever comes first; where it is cancelled
-- and nothing says when, with its last change. The user is as of the day it began; where that is not known, as of its last change.
WITH subscriptions AS (
  SELECT
    *,
    least(coalesce(cancelled_at, if(status = 'cancelled', updated_at, NULL)), ends_at) AS ended_at,
    coalesce(started_at, updated_at) AS at
  FROM silver.subscriptions
)
SELECT
  subscriptions.subscription_id,
  coalesce(users.user_key, 'unknown') AS user_key,
  coalesce(users.user_id, 'unknown') AS user_id,
  coalesce(subscriptions.plan, 'unknown') AS plan,
  subscriptions.status,
  coalesce(subscriptions.currency, 'unknown') AS currency,
  subscriptions.price,
  CASE WHEN subscriptions.status IN ('active', 'past_due') THEN coalesce(subscriptions.price, 0) ELSE 0 END AS monthly_amount,
  coalesce(starts.date_key, 0) AS started_date_key,
  coalesce(ends.date_key, 0) AS ended_date_key,
  coalesce(cancellations.date_key, 0) AS cancelled_date_key,
  subscriptions.started_at,
  subscriptions.ended_at,
  subscriptions.cancelled_at,
  subscriptions.updated_at
FROM subscriptions
LEFT JOIN gold.dim_users AS users
  ON users.user_id = subscriptions.user_id
  AND (subscriptions.at >= users.valid_from OR users.is_first)
  AND (subscriptions.at < users.valid_to OR users.valid_to IS NULL)
LEFT JOIN gold.dim_date AS starts ON starts.date = CAST(subscriptions.started_at AS date)
LEFT JOIN gold.dim_date AS ends ON ends.date = CAST(subscriptions.ended_at AS date)
LEFT JOIN gold.dim_date AS cancellations ON cancellations.date = CAST(subscriptions.cancelled_at AS date)
