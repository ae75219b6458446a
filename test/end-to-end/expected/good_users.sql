-- Rows of the source that the contract of users accepts.
SELECT
  user_id, first_name, last_name, email, phone, address, city, state, country,
  CAST(registration_date AS DATE) AS registration_date,
  CAST(updated_at AS TIMESTAMPTZ) AS updated_at
FROM source_users
WHERE country IS NOT NULL AND (email IS NULL OR regexp_full_match(email, '[^@\s]+@[^@\s]+\.[^@\s]+'))
