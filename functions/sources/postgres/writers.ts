/** Who may still commit rows to a table: the transactions that hold a lock for writing on it, or on one of its partitions. */
import type pg from 'pg';
import type { Table } from './table-columns.ts';

/** A transaction that has not ended; `pid` is null of a prepared one, which anybody may commit at any time. */
export interface Held {
  pid: number | null;
  /** Since it began, or was prepared. */
  seconds: number;
}

interface Writer extends Held {
  /** As pg_locks names it. */
  transaction: string;
}

/** Every statement that writes rows takes the first; the others are taken by statements that keep writers out and may write themselves. */
const FOR_WRITING = ['RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'];

/** Oldest first. Of a view the tables are not known: whatever is written in its database counts. */
async function writersOf(client: pg.Client, { members, kind }: Table): Promise<Writer[]> {
  const { rows } = await client.query<Writer>(
    `SELECT DISTINCT virtualtransaction AS transaction, l.pid,
            coalesce(extract(epoch FROM clock_timestamp() - coalesce(a.xact_start, p.prepared)), 0)::float8 AS seconds
     FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
     LEFT JOIN (SELECT virtualtransaction AS vxid, prepared FROM pg_locks JOIN pg_prepared_xacts ON transaction = transactionid WHERE pid IS NULL) p
       ON l.pid IS NULL AND vxid = virtualtransaction
     WHERE locktype = 'relation' AND granted AND mode = ANY($1) AND (l.pid IS NULL OR l.pid <> pg_backend_pid())
       AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND (relation = ANY($2) OR $3)
     ORDER BY seconds DESC`,
    [FOR_WRITING, members, kind === 'v'],
  );
  return rows;
}

/** The oldest prepared transaction that has written to the table. */
export async function preparedWriter(client: pg.Client, table: Table): Promise<Held | undefined> {
  return (await writersOf(client, table)).filter(({ pid }) => pid === null).map(held)[0];
}

/** Most transactions end within moments. One that does not is waited for by the next run: a plan is made within seconds. */
const SECONDS_TO_WAIT = 5;

/** Waits until those who write now have ended; those who begin meanwhile do not count. Answers with the oldest that has not ended in time. */
export async function writersEnd(client: pg.Client, table: Table): Promise<Held | undefined> {
  const deadline = Date.now() + SECONDS_TO_WAIT * 1000;
  let waitedFor = await writersOf(client, table);
  while (waitedFor.length > 0) {
    const prepared = waitedFor.find(({ pid }) => pid === null);
    if (prepared || Date.now() > deadline) return held(prepared ?? (waitedFor[0] as Writer));
    await client.query('SELECT pg_sleep(0.1)');
    const now = new Set((await writersOf(client, table)).map(({ transaction }) => transaction));
    waitedFor = waitedFor.filter(({ transaction }) => now.has(transaction));
  }
  return undefined;
}

const held = ({ pid, seconds }: Writer): Held => ({ pid, seconds });
