-- How far sessions come from seeing a page to buying, by the day of their first page. A step counts only after the step before it;
-- events of the same moment are taken in the order of the steps.
-- Made whole each time: a session's day is known from all of its events alone, of whatever day.
WITH steps AS (
  SELECT
    session_id,
    date_key,
    occurred_at,
    CASE event_type WHEN 'page_view' THEN 1 WHEN 'add_to_cart' THEN 2 WHEN 'checkout' THEN 3 WHEN 'purchase' THEN 4 END AS step
  FROM gold.fact_user_events
  WHERE session_id IS NOT NULL AND event_type IN ('page_view', 'add_to_cart', 'checkout', 'purchase')
),
sessions AS (
  SELECT
    session_id,
    min_by(date_key, occurred_at) FILTER (WHERE step = 1) AS date_key,
    aggregate(
      array_sort(collect_list(struct(occurred_at, step))),
      0,
      (reached, event) -> if(event.step = reached + 1, event.step, reached)
    ) AS reached
  FROM steps
  GROUP BY session_id
),
days AS (
  SELECT
    date_key,
    count(*) AS viewed,
    count(*) FILTER (WHERE reached >= 2) AS added,
    count(*) FILTER (WHERE reached >= 3) AS checked_out,
    count(*) FILTER (WHERE reached >= 4) AS purchased
  FROM sessions
  WHERE reached >= 1
  GROUP BY date_key
),
funnel AS (
  SELECT date_key, viewed, step, event_type, before, sessions
  FROM days
  LATERAL VIEW stack(
    4,
    1, 'page_view', viewed, viewed,
    2, 'add_to_cart', viewed, added,
    3, 'checkout', added, checked_out,
    4, 'purchase', checked_out, purchased
  ) AS step, event_type, before, sessions
)
SELECT
  funnel.date_key,
  dates.date,
  funnel.step,
  funnel.event_type,
  funnel.sessions,
  CAST(funnel.sessions / nullif(CAST(funnel.before AS decimal(18, 0)), 0) AS decimal(9, 6)) AS share_of_previous,
  CAST(funnel.sessions / CAST(funnel.viewed AS decimal(18, 0)) AS decimal(9, 6)) AS share_of_first
FROM funnel
JOIN gold.dim_date AS dates ON dates.date_key = funnel.date_key
