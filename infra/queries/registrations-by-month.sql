-- How many users registered in each month, and of how many countries they are
SELECT date_trunc('month', registration_date) AS month, count(*) AS registrations, count(DISTINCT country) AS countries
FROM gold.dim_users
WHERE is_current AND registration_date IS NOT NULL
GROUP BY date_trunc('month', registration_date)
ORDER BY month DESC
