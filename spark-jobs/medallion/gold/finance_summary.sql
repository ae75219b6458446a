-- What was booked, by month of posting and currency, signed as the accounting system does: refunds, fees and expenses are negative.
-- A booking that has no day of posting counts in the month it happened in, or was written in.
WITH bookings AS (
  SELECT trunc(coalesce(posted_date, CAST(occurred_at AS date), CAST(created_at AS date)), 'MM') AS month, currency, type, amount
  FROM gold.fact_financial_transactions
),
sums AS (
  SELECT
    month,
    currency,
    count(*) AS transactions,
    coalesce(sum(amount) FILTER (WHERE type = 'payment'), 0) AS payments,
    coalesce(sum(amount) FILTER (WHERE type = 'refund'), 0) AS refunds,
    coalesce(sum(amount) FILTER (WHERE type = 'fee'), 0) AS fees,
    coalesce(sum(amount) FILTER (WHERE type = 'expense'), 0) AS expenses,
    coalesce(sum(amount) FILTER (WHERE type = 'payout'), 0) AS payouts,
    sum(amount) AS booked
  FROM bookings
  GROUP BY month, currency
)
SELECT
  month,
  currency,
  transactions,
  payments AS payment_amount,
  refunds AS refund_amount,
  payments + refunds AS revenue,
  fees AS fee_amount,
  expenses AS expense_amount,
  fees + expenses AS costs,
  payments + refunds + fees + expenses AS net_amount,
  payouts AS payout_amount,
  booked - payments - refunds - fees - expenses - payouts AS other_amount
FROM sums
