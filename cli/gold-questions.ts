/** A few questions whose answers show that Gold is there: asked at the end of `npm start`, and a start for one's own. */
export interface Question {
  title: string;
  /** The Gold tables it reads: it is asked when they are there. */
  reads: readonly string[];
  sql: string;
}

export const GOLD_QUESTIONS: readonly Question[] = [
  {
    title: 'Revenue by month',
    reads: ['monthly_sales'],
    sql: 'SELECT month, currency, orders, revenue FROM gold.monthly_sales ORDER BY month DESC, currency LIMIT 6',
  },
  {
    title: 'Top products',
    reads: ['fact_sales', 'dim_products'],
    sql: `SELECT p.name, s.currency, sum(s.quantity) AS sold, sum(s.amount) AS revenue
FROM gold.fact_sales s JOIN gold.dim_products p ON p.product_key = s.product_key
WHERE p.product_id IS NOT NULL
GROUP BY p.name, s.currency ORDER BY revenue DESC LIMIT 5`,
  },
  {
    title: 'Events by type',
    reads: ['fact_user_events'],
    sql: 'SELECT event_type, count(*) AS events FROM gold.fact_user_events GROUP BY event_type ORDER BY events DESC',
  },
  {
    title: 'Users by country',
    reads: ['dim_users'],
    sql: 'SELECT country, count(*) AS users FROM gold.dim_users GROUP BY country ORDER BY users DESC LIMIT 5',
  },
];
