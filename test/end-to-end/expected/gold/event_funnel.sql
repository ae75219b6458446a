-- Step after step: the first time that each was reached at or after the time of the step before.
WITH viewed AS (
  SELECT session_id, min("timestamp") AS at FROM silver.user_events WHERE event_type = 'page_view' AND session_id IS NOT NULL GROUP BY session_id
),
added AS (
  SELECT session_id, min("timestamp") AS at FROM silver.user_events JOIN viewed USING (session_id)
  WHERE event_type = 'add_to_cart' AND "timestamp" >= viewed.at GROUP BY session_id
),
checked_out AS (
  SELECT session_id, min("timestamp") AS at FROM silver.user_events JOIN added USING (session_id)
  WHERE event_type = 'checkout' AND "timestamp" >= added.at GROUP BY session_id
),
purchased AS (
  SELECT session_id, min("timestamp") AS at FROM silver.user_events JOIN checked_out USING (session_id)
  WHERE event_type = 'purchase' AND "timestamp" >= checked_out.at GROUP BY session_id
),
day AS (
  SELECT
    CAST(viewed.at AT TIME ZONE 'UTC' AS DATE) AS date,
    [count(viewed.at), count(added.at), count(checked_out.at), count(purchased.at)] AS reached
  FROM viewed
  LEFT JOIN added USING (session_id)
  LEFT JOIN checked_out USING (session_id)
  LEFT JOIN purchased USING (session_id)
  GROUP BY date
)
SELECT
  CAST(strftime(date, '%Y%m%d') AS INTEGER) AS date_key,
  date,
  step,
  ['page_view', 'add_to_cart', 'checkout', 'purchase'][step] AS event_type,
  reached[step] AS sessions,
  CAST(reached[step] / nullif(reached[greatest(step - 1, 1)], 0) AS DECIMAL(9, 6)) AS share_of_previous,
  CAST(reached[step] / reached[1] AS DECIMAL(9, 6)) AS share_of_first
FROM (SELECT date, reached, unnest([1, 2, 3, 4]) AS step FROM day)
