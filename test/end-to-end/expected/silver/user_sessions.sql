SELECT
  _row_hash,
  session_id, user_id,
  CAST(started_at AS TIMESTAMPTZ) AS started_at,
  CAST(ended_at AS TIMESTAMPTZ) AS ended_at,
  device, browser, ip_address, country,
  CAST(pages_viewed AS INTEGER) AS pages_viewed,
  properties,
  CAST(created_at AS TIMESTAMPTZ) AS created_at,
  CASE WHEN starts_with(pages_viewed, '-') THEN 'user_sessions.pages_viewed.range' END AS rule
FROM source.user_sessions
