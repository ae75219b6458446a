-- How many sessions come how far, from the first page to the purchase
SELECT step, event_type, sum(sessions) AS sessions
FROM gold.event_funnel
GROUP BY step, event_type
ORDER BY step
