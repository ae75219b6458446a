SELECT
  sha256(user_id || '/' || epoch_us(updated_at)) AS user_key,
  user_id, first_name, last_name, email, keyed_hash(lower(trim(email))) AS email_hash, city, state, country, registration_date, updated_at,
  valid_from, valid_to, is_current,
  valid_from = min(valid_from) OVER (PARTITION BY user_id) AS is_first
FROM silver.users
WHERE user_id NOT IN ('unknown')
UNION ALL
SELECT 'unknown', 'unknown', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, true, true
