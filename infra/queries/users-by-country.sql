-- Users by country, and since when
SELECT country, count(*) AS users, min(registration_date) AS first_registration, max(registration_date) AS last_registration
FROM gold.dim_users
WHERE is_current AND user_key <> 'unknown'
GROUP BY country
ORDER BY users DESC, country
