-- Users of the production database, a row for each version of one, and the unknown user to whom facts without a user point.
-- A fact points to the version as of its event. What happened before the first version known points to the first; what happened after a
-- user was deleted, and before one came back, to the unknown user. Whom the database itself calls unknown is that one, too.
SELECT
  sha2(concat(user_id, '/', _sequence), 256) AS user_key,
  user_id,
  first_name,
  last_name,
  email,
  keyed_hash(lower(trim(email))) AS email_hash,
  city,
  state,
  country,
  registration_date,
  updated_at,
  valid_from,
  valid_to,
  is_current,
  row_number() OVER (PARTITION BY user_id ORDER BY valid_from) = 1 AS is_first
FROM silver.users
WHERE user_id <> 'unknown'
UNION ALL
SELECT 'unknown', 'unknown', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, true, true
