-- Users of the production database, and the unknown user to whom facts without a user point.
SELECT
  sha2(user_id, 256) AS user_key,
  user_id,
  first_name,
  last_name,
  email,
  city,
  state,
  country,
  registration_date,
  updated_at
FROM silver.users
UNION ALL
SELECT 'unknown', 'unknown', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
