-- Events by type
SELECT event_type, count(*) AS events
FROM gold.fact_user_events
GROUP BY event_type
ORDER BY events DESC
