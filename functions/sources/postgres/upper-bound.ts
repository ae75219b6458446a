/** The upper bound of a timestamp cursor: below every transaction that may still commit rows. */
import type pg from 'pg';
import { CannotSeeTransactions } from '../../errors.ts';

/**
 * A row's timestamp is its transaction's start (a default or a trigger with now()). So no row below the oldest start among
 * running transactions can appear later. Asked in this order: the clock first, the transactions a moment after, so that one
 * which began before the clock was read has had time to show itself in pg_stat_activity.
 * Returns the bound as text in microseconds, or undefined while a prepared transaction holds the table.
 * @throws CannotSeeTransactions when the role does not see other sessions.
 */
export async function upperBound(client: pg.Client, dataset: string, tableOid: number): Promise<string | undefined> {
  const clock = await client.query<{ at: string }>('SELECT clock_timestamp()::text AS at, pg_sleep(0.02)');
  const { rows } = await client.query<{ hidden: number; prepared: number; bound: string }>(
    `SELECT (SELECT count(*)::int FROM pg_locks WHERE pid IS NULL AND relation = $2 AND mode = 'RowExclusiveLock') AS prepared,
            count(*) FILTER (WHERE state IS NULL OR state = 'disabled')::int AS hidden,
            least($1::timestamptz, min(xact_start))::text AS bound
     FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
       AND backend_type IN ('client backend', 'logical replication apply worker', 'logical replication parallel worker', 'parallel worker')`,
    [clock.rows[0]?.at, tableOid],
  );
  const [row] = rows;
  if (!row || row.hidden > 0) {
    throw new CannotSeeTransactions({
      dataset,
      expected: "a read role that sees when each session's transaction began",
      found: `${row?.hidden ?? 'all'} sessions hidden from it`,
      remedy: 'GRANT pg_read_all_stats TO the read role',
    });
  }
  return row.prepared > 0 ? undefined : row.bound;
}
