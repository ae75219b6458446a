WITH booking AS (
  SELECT
    date_trunc('month', coalesce(posted_date, CAST(occurred_at AT TIME ZONE 'UTC' AS DATE), CAST(created_at AT TIME ZONE 'UTC' AS DATE))) AS month,
    currency, amount,
    CASE WHEN type IN ('payment', 'refund', 'fee', 'expense', 'payout') THEN type ELSE 'other' END AS kind
  FROM silver.financial_transactions
)
SELECT
  month, currency,
  count(*) AS transactions,
  sum(CASE kind WHEN 'payment' THEN amount ELSE 0 END) AS payment_amount,
  sum(CASE kind WHEN 'refund' THEN amount ELSE 0 END) AS refund_amount,
  sum(CASE WHEN kind IN ('payment', 'refund') THEN amount ELSE 0 END) AS revenue,
  sum(CASE kind WHEN 'fee' THEN amount ELSE 0 END) AS fee_amount,
  sum(CASE kind WHEN 'expense' THEN amount ELSE 0 END) AS expense_amount,
  sum(CASE WHEN kind IN ('fee', 'expense') THEN amount ELSE 0 END) AS costs,
  sum(CASE WHEN kind NOT IN ('payout', 'other') THEN amount ELSE 0 END) AS net_amount,
  sum(CASE kind WHEN 'payout' THEN amount ELSE 0 END) AS payout_amount,
  sum(CASE kind WHEN 'other' THEN amount ELSE 0 END) AS other_amount
FROM booking
GROUP BY month, currency
