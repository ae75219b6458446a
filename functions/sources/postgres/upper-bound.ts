/** The upper bound of a timestamp cursor: below every transaction that may still commit rows. */
import type pg from 'pg';
import { CannotSeeTransactions } from '../../errors.ts';

/**
 * A row's timestamp is its transaction's start (a default or a trigger with now()). So no row below the oldest start among
 * running transactions can appear later. Asked in this order: the clock first, the transactions a moment after, so that one
 * which began before the clock was read has had time to show itself in pg_stat_activity; a session at work that shows no
 * transaction yet counts from its statement. Prepared transactions are looked for last: each was a session's until then.
 * Returns the bound as text in microseconds, or undefined while a prepared transaction holds the table.
 * @throws CannotSeeTransactions when the role does not see other sessions, or the server has none that write.
 */
export async function upperBound(client: pg.Client, dataset: string, tableOid: number): Promise<string | undefined> {
  const clock = await client.query<{ at: string }>('SELECT clock_timestamp()::text AS at, pg_sleep(0.02)');
  const { rows } = await client.query<{ replica: boolean; hidden: number; bound: string }>(
    `SELECT pg_is_in_recovery() AS replica,
            count(*) FILTER (WHERE query = '<insufficient privilege>' OR state = 'disabled')::int AS hidden,
            least($1::timestamptz, min(coalesce(xact_start, CASE WHEN state <> 'idle' THEN query_start END)))::text AS bound
     FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
       AND (backend_type IS NULL OR backend_type NOT IN ('autovacuum worker', 'walsender'))`, // Null where hidden.
    [clock.rows[0]?.at],
  );
  const [row] = rows;
  if (!row || row.replica) {
    throw new CannotSeeTransactions({
      dataset,
      expected: 'the primary server, whose sessions write',
      found: 'a replica, which does not know what they have begun',
      remedy: "put the primary's host into the secret: npx etl secrets set postgres",
    });
  }
  if (row.hidden > 0) {
    throw new CannotSeeTransactions({
      dataset,
      expected: "a read role that sees when each session's transaction began",
      found: `${row.hidden} sessions hidden from it`,
      remedy: 'GRANT pg_read_all_stats TO the read role',
    });
  }
  return (await isHeld(client, tableOid)) ? undefined : row.bound;
}

/** Whether a prepared transaction has written to the table: it may be committed at any time, by anybody. */
async function isHeld(client: pg.Client, tableOid: number): Promise<boolean> {
  const { rows } = await client.query<{ held: boolean }>(
    "SELECT EXISTS (SELECT FROM pg_locks WHERE pid IS NULL AND relation = $1 AND mode = 'RowExclusiveLock') AS held",
    [tableOid],
  );
  return rows[0]?.held ?? false;
}
