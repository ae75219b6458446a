/** The upper bound of a cursor: nothing below it can still be committed. */
import type pg from 'pg';
import { METRICS } from '../../../config/metrics.ts';
import type { Contract } from '../../contract/contract.ts';
import { CannotSeeTransactions } from '../../errors.ts';
import { logger } from '../../middleware.ts';
import { recordMetric } from '../../record-metric.ts';
import { qualified } from './qualified.ts';
import { isUnplaced, type Sequence } from './sequence.ts';
import type { Table } from './table-columns.ts';
import { type Held, preparedWriter, writersEnd } from './writers.ts';

/** `upper`: undefined where transactions that have not ended keep the bound where it was, null where no row has a place in the order. */
export interface Bound {
  upper: string | null | undefined;
  /** The oldest transaction that holds the bound back. */
  held?: Held | undefined;
}

/** @throws CannotSeeTransactions when the role does not see other sessions, or the server has none that write. */
export async function upperBound(client: pg.Client, contract: Contract, table: Table, sequence: Sequence): Promise<Bound> {
  await checkIsPrimary(client, contract.dataset);
  return sequence.kind === 'time' ? upperTime(client, contract.dataset, table, sequence) : upperNumber(client, contract, table, sequence);
}

/** From here on somebody should look at the session. */
const WORTH_A_WORD_SECONDS = 60;

/** How far the bound lies behind the clock, as a metric; and whose transaction it is, for a person who may have to end it. */
export function tellHeld(dataset: string, { held }: Bound): void {
  recordMetric(METRICS.watermarkHeld, { Dataset: dataset }, held?.seconds ?? 0);
  if (held && held.seconds >= WORTH_A_WORD_SECONDS)
    logger.warn('a transaction that has not ended holds the watermark', { dataset, ...held });
}

/** A replica does not know what sessions of the primary have begun. */
async function checkIsPrimary(client: pg.Client, dataset: string): Promise<void> {
  const { rows } = await client.query<{ replica: boolean }>('SELECT pg_is_in_recovery() AS replica');
  if (!rows[0]?.replica) return;
  throw new CannotSeeTransactions({
    dataset,
    expected: 'the primary server, whose sessions write',
    found: 'a replica, which does not know what they have begun',
    remedy: "put the primary's host into the secret (npx etl secrets set postgres), and the replica's into config/ as postgres.replica",
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
  const { rows } = await client.query<{ hidden: number; bound: string; pid: number | null; seconds: number }>(
    `WITH other AS (
       SELECT pid, query = '<insufficient privilege>' OR state = 'disabled' AS hidden,
              coalesce(xact_start, CASE WHEN state <> 'idle' THEN query_start END) AS began
       FROM pg_stat_activity
       WHERE datname = current_database() AND pid <> pg_backend_pid()
         AND (backend_type IS NULL OR backend_type NOT IN ('autovacuum worker', 'walsender')) -- Null where hidden.
     ), oldest AS (
       SELECT pid, began FROM other WHERE began < $1::timestamptz ORDER BY began LIMIT 1
     )
     SELECT (SELECT count(*) FROM other WHERE hidden)::int AS hidden,
            (coalesce((SELECT began FROM oldest), $1::timestamptz) - make_interval(secs => $2))::text AS bound,
            (SELECT pid FROM oldest) AS pid, coalesce((SELECT extract(epoch FROM $1::timestamptz - began) FROM oldest), 0)::float8 AS seconds`,
    [clock.rows[0]?.at, roundingSeconds],
  );
  const { hidden = 0, bound = null, pid = null, seconds = 0 } = rows[0] ?? {};
  if (hidden > 0) {
    throw new CannotSeeTransactions({
      dataset,
      expected: "a read role that sees when each session's transaction began",
      found: `${hidden} sessions hidden from it`,
      remedy: 'GRANT pg_read_all_stats TO the read role',
    });
  }
  const prepared = await preparedWriter(client, table);
  return prepared ? { upper: undefined, held: prepared } : { upper: bound, held: { pid, seconds } };
}

/**
 * The highest number that is there, once all have ended who wrote when it was read. Numbers are drawn under a lock on the table and only
 * rise, so who takes the lock later draws a higher one; and who has ended is seen by every chunk, each of which reads in a new snapshot.
 */
async function upperNumber(client: pg.Client, { object }: Contract, table: Table, sequence: Sequence): Promise<Bound> {
  const { rows } = await client.query<{ highest: string | null }>(
    `SELECT max(${sequence.column})::text AS highest FROM ${qualified(object)} WHERE NOT ${isUnplaced(sequence)}`,
  );
  const held = await writersEnd(client, table);
  return held ? { upper: undefined, held } : { upper: rows[0]?.highest ?? null };
}
