SELECT
  subscription_id,
  user_as_of(user_id, ifnull(started_at, updated_at)) AS user_key,
  unless_unknown(user_as_of(user_id, ifnull(started_at, updated_at)), user_id) AS user_id,
  ifnull(plan, 'unknown') AS plan, status, ifnull(currency, 'unknown') AS currency, price,
  CASE status WHEN 'active' THEN ifnull(price, 0) WHEN 'past_due' THEN ifnull(price, 0) ELSE 0 END AS monthly_amount,
  ifnull(CAST(strftime(started_at AT TIME ZONE 'UTC', '%Y%m%d') AS INTEGER), 0) AS started_date_key,
  ifnull(CAST(strftime(ended_at AT TIME ZONE 'UTC', '%Y%m%d') AS INTEGER), 0) AS ended_date_key,
  ifnull(CAST(strftime(cancelled_at AT TIME ZONE 'UTC', '%Y%m%d') AS INTEGER), 0) AS cancelled_date_key,
  started_at,
  ended_at,
  cancelled_at, updated_at
FROM (
  -- The lesser of what there is: it passes over nulls.
  SELECT *, least(ends_at, cancelled_at, CASE WHEN cancelled_at IS NULL AND status = 'cancelled' THEN updated_at END) AS ended_at
  FROM silver.subscriptions
)
