/** The upper bound of a cursor: nothing below it can still be committed. */
import type pg from 'pg';
import type { Contract } from '../../contract/contract.ts';
import { CannotSeeTransactions } from '../../errors.ts';
import { qualified } from './qualified.ts';
import { isUnplaced, type Sequence } from './sequence.ts';
import type { Table } from './table-columns.ts';
import { isPrepared, writersEnd } from './writers.ts';

/** `held`: transactions that have not ended keep the bound where it was. Else `upper`, null where no row has a place in the order. */
export type Bound = { held: true } | { held: false; upper: string | null };

/** @throws CannotSeeTransactions when the role does not see other sessions, or the server has none that write. */
export async function upperBound(client: pg.Client, contract: Contract, table: Table, sequence: Sequence): Promise<Bound> {
  await checkIsPrimary(client, contract.dataset);
  return sequence.kind === 'time' ? upperTime(client, contract.dataset, table, sequence) : upperNumber(client, contract, table, sequence);
}

/** A replica does not know what sessions of the primary have begun. */
async function checkIsPrimary(client: pg.Client, dataset: string): Promise<void> {
  const { rows } = await client.query<{ replica: boolean }>('SELECT pg_is_in_recovery() AS replica');
  if (!rows[0]?.replica) return;
  throw new CannotSeeTransactions({
    dataset,
    expected: 'the primary server, whose sessions write',
    found: 'a replica, which does not know what they have begun',
    remedy: "put the primary's host into the secret: npx etl secrets set postgres",
  });
}

/**
 * A row's timestamp is its transaction's start (a default or a trigger with now()). So no row below the oldest start among
 * running transactions can appear later. Asked in this order: the clock first, the transactions a moment after, so that one
 * which began before the clock was read has had time to show itself in pg_stat_activity; a session at work that shows no
 * transaction yet counts from its statement. Prepared transactions are looked for last: each was a session's until then.
 * The bound is text in microseconds; where the column keeps fewer digits it is a unit lower, since a start may be rounded down.
 */
async function upperTime(client: pg.Client, dataset: string, table: Table, { roundingSeconds }: Sequence): Promise<Bound> {
  const clock = await client.query<{ at: string }>('SELECT clock_timestamp()::text AS at, pg_sleep(0.02)');
  const { rows } = await client.query<{ hidden: number; bound: string }>(
    `SELECT count(*) FILTER (WHERE query = '<insufficient privilege>' OR state = 'disabled')::int AS hidden,
            (least($1::timestamptz, min(coalesce(xact_start, CASE WHEN state <> 'idle' THEN query_start END))) - make_interval(secs => $2))::text AS bound
     FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
       AND (backend_type IS NULL OR backend_type NOT IN ('autovacuum worker', 'walsender'))`, // Null where hidden.
    [clock.rows[0]?.at, roundingSeconds],
  );
  const { hidden = 0, bound = null } = rows[0] ?? {};
  if (hidden > 0) {
    throw new CannotSeeTransactions({
      dataset,
      expected: "a read role that sees when each session's transaction began",
      found: `${hidden} sessions hidden from it`,
      remedy: 'GRANT pg_read_all_stats TO the read role',
    });
  }
  return (await isPrepared(client, table)) ? { held: true } : { held: false, upper: bound };
}

/**
 * The highest number that is there, once all have ended who wrote when it was read. Numbers are drawn under a lock on the table and only
 * rise, so who takes the lock later draws a higher one; and who has ended is seen by every chunk, each of which reads in a new snapshot.
 */
async function upperNumber(client: pg.Client, { object }: Contract, table: Table, sequence: Sequence): Promise<Bound> {
  const { rows } = await client.query<{ highest: string | null }>(
    `SELECT max(${sequence.column})::text AS highest FROM ${qualified(object)} WHERE NOT ${isUnplaced(sequence)}`,
  );
  return (await writersEnd(client, table)) ? { held: false, upper: rows[0]?.highest ?? null } : { held: true };
}
