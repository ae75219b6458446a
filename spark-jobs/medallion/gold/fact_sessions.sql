-- Visits of the site, with what was done in them. Events arrive late and in any order: all of a session's count, whenever they came.
WITH done AS (
  SELECT session_id, count(*) AS events, count(*) FILTER (WHERE event_type = 'purchase') AS purchases
  FROM silver.user_events
  WHERE session_id IS NOT NULL
  GROUP BY session_id
),
-- A session that does not say when it began counts as of when it was written.
sessions AS (
  SELECT *, coalesce(started_at, created_at) AS at FROM silver.user_sessions
)
SELECT
  sessions.session_id,
  coalesce(users.user_key, 'unknown') AS user_key,
  coalesce(users.user_id, 'unknown') AS user_id,
  coalesce(dates.date_key, 0) AS date_key,
  sessions.started_at,
  sessions.ended_at,
  CASE
    WHEN sessions.ended_at >= sessions.started_at
    THEN CAST(unix_micros(sessions.ended_at) - unix_micros(sessions.started_at) AS decimal(20, 0)) / 1000000
  END AS duration_seconds,
  sessions.device,
  sessions.browser,
  sessions.country,
  sessions.pages_viewed,
  coalesce(done.events, 0) AS events,
  coalesce(done.purchases, 0) AS purchases,
  coalesce(done.purchases, 0) > 0 AS is_converted
FROM sessions
LEFT JOIN done ON done.session_id = sessions.session_id
LEFT JOIN gold.dim_users AS users
  ON users.user_id = sessions.user_id
  AND (sessions.at >= users.valid_from OR users.is_first)
  AND (sessions.at < users.valid_to OR users.valid_to IS NULL)
LEFT JOIN gold.dim_date AS dates ON dates.date = CAST(sessions.started_at AS date)
