SELECT
  session_id,
  CASE WHEN user_id IN (SELECT user_id FROM silver.users) THEN sha256(user_id) ELSE 'unknown' END AS user_key,
  ifnull(CAST(strftime(started_at AT TIME ZONE 'UTC', '%Y%m%d') AS INTEGER), 0) AS date_key,
  started_at, ended_at,
  CASE WHEN started_at <= ended_at THEN CAST((epoch_us(ended_at) - epoch_us(started_at)) / 1e6 AS DECIMAL(18, 6)) END AS duration_seconds,
  device, browser, country, pages_viewed,
  (SELECT count(*) FROM silver.user_events AS event WHERE event.session_id = session.session_id) AS events,
  (SELECT count(*) FROM silver.user_events AS event WHERE event.session_id = session.session_id AND event_type = 'purchase') AS purchases,
  session_id IN (SELECT session_id FROM silver.user_events WHERE event_type = 'purchase') AS is_converted
FROM silver.user_sessions AS session
