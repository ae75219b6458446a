SELECT sha256(user_id) AS user_key, user_id, first_name, last_name, email, city, state, country, registration_date, updated_at FROM silver.users
UNION ALL
SELECT 'unknown', 'unknown', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
