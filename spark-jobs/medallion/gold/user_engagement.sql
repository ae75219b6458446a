-- How much the site is used, day by day: events on the day that they happened, sessions on the day that they began.
WITH activity AS (
  SELECT date_key, user_id, 1 AS event, 0 AS session, 0 AS session_events, CAST(NULL AS decimal(18, 6)) AS duration_seconds
  FROM gold.fact_user_events
  UNION ALL
  SELECT date_key, user_id, 0, 1, events, duration_seconds
  FROM gold.fact_sessions
),
days AS (
  SELECT
    date_key,
    count(DISTINCT user_id) FILTER (WHERE user_id <> 'unknown') AS active_users,
    sum(session) AS sessions,
    sum(event) AS events,
    sum(session_events) AS session_events,
    CAST(count(duration_seconds) AS decimal(18, 0)) AS ended_sessions,
    sum(duration_seconds) AS seconds
  FROM activity
  GROUP BY date_key
)
SELECT
  days.date_key,
  dates.date,
  days.active_users,
  days.sessions,
  days.events,
  CAST(days.session_events / nullif(CAST(days.sessions AS decimal(18, 0)), 0) AS decimal(18, 6)) AS events_per_session,
  CAST(days.seconds / (60 * nullif(days.ended_sessions, 0)) AS decimal(18, 6)) AS average_minutes
FROM days
JOIN gold.dim_date AS dates ON dates.date_key = days.date_key
