SELECT
  _row_hash,
  user_id, first_name, last_name, email, phone, address, city, state, country,
  CAST(registration_date AS DATE) AS registration_date,
  CAST(updated_at AS TIMESTAMPTZ) AS updated_at,
  CASE
    WHEN NOT regexp_full_match(email, '[^@\s]+@[^@\s]+\.[^@\s]+') THEN 'users.email.pattern'
    WHEN country IS NULL THEN 'users.country.required'
  END AS rule
FROM source.users
