WITH event AS (
  SELECT CAST("timestamp" AT TIME ZONE 'UTC' AS DATE) AS day, count(*) AS events FROM silver.user_events GROUP BY day
),
session AS (
  SELECT
    CAST(started_at AT TIME ZONE 'UTC' AS DATE) AS day,
    count(*) AS sessions,
    sum((SELECT count(*) FROM silver.user_events AS event WHERE event.session_id = session.session_id)) AS session_events,
    avg(CASE WHEN ended_at >= started_at THEN epoch_us(ended_at) - epoch_us(started_at) END) / 60e6 AS minutes
  FROM silver.user_sessions AS session
  GROUP BY day
),
active AS (
  SELECT day, count(*) AS active_users
  FROM (
    SELECT user_id, CAST("timestamp" AT TIME ZONE 'UTC' AS DATE) AS day FROM silver.user_events
    UNION
    SELECT user_id, CAST(started_at AT TIME ZONE 'UTC' AS DATE) FROM silver.user_sessions
  )
  WHERE user_id IN (SELECT user_id FROM silver.users WHERE user_id NOT IN ('unknown'))
  GROUP BY day
)
SELECT
  CAST(strftime(day, '%Y%m%d') AS INTEGER) AS date_key,
  day AS date,
  ifnull(active_users, 0) AS active_users,
  ifnull(sessions, 0) AS sessions,
  ifnull(events, 0) AS events,
  CAST(session_events / sessions AS DECIMAL(18, 6)) AS events_per_session,
  CAST(minutes AS DECIMAL(18, 6)) AS average_minutes
FROM event
FULL JOIN session USING (day)
LEFT JOIN active USING (day)
