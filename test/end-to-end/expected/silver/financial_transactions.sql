SELECT
  _row_hash,
  CAST(transaction_id AS DECIMAL(38, 0)) AS transaction_id,
  order_id, account, type,
  CAST(amount AS DECIMAL(18, 2)) AS amount,
  currency,
  CAST(occurred_at AS TIMESTAMPTZ) AS occurred_at,
  CAST(posted_date AS DATE) AS posted_date,
  CAST(created_at AS TIMESTAMPTZ) AS created_at,
  CASE
    WHEN amount IS NULL THEN 'financial_transactions.amount.required'
    WHEN currency IS NULL THEN 'financial_transactions.currency.required'
    WHEN NOT regexp_full_match(currency, '[A-Z]{3}') THEN 'financial_transactions.currency.pattern'
  END AS rule
FROM source.financial_transactions
