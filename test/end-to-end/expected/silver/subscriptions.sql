SELECT
  _row_hash,
  subscription_id, user_id, plan, status,
  CAST(price AS DECIMAL(12, 2)) AS price,
  currency,
  CAST(started_at AS TIMESTAMPTZ) AS started_at,
  CAST(ends_at AS TIMESTAMPTZ) AS ends_at,
  CAST(cancelled_at AS TIMESTAMPTZ) AS cancelled_at,
  CAST(updated_at AS TIMESTAMPTZ) AS updated_at,
  CASE
    WHEN starts_with(price, '-') THEN 'subscriptions.price.range'
    WHEN NOT regexp_full_match(currency, '[A-Z]{3}') THEN 'subscriptions.currency.pattern'
    WHEN CAST(ends_at AS TIMESTAMPTZ) < CAST(started_at AS TIMESTAMPTZ) THEN 'subscriptions.ends_at.sql'
  END AS rule
FROM source.subscriptions
