SELECT
  session_id,
  user_as_of(user_id, ifnull(started_at, created_at)) AS user_key,
  unless_unknown(user_as_of(user_id, ifnull(started_at, created_at)), user_id) AS user_id,
  ifnull(CAST(strftime(started_at AT TIME ZONE 'UTC', '%Y%m%d') AS INTEGER), 0) AS date_key,
  started_at, ended_at,
  CASE WHEN started_at <= ended_at THEN CAST((epoch_us(ended_at) - epoch_us(started_at)) / 1e6 AS DECIMAL(18, 6)) END AS duration_seconds,
  device, browser, country, pages_viewed,
  (SELECT count(*) FROM silver.user_events AS event WHERE event.session_id = session.session_id) AS events,
  (SELECT count(*) FROM silver.user_events AS event WHERE event.session_id = session.session_id AND event_type = 'purchase') AS purchases,
  session_id IN (SELECT session_id FROM silver.user_events WHERE event_type = 'purchase') AS is_converted
FROM silver.user_sessions AS session
