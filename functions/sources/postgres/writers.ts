/** Who may still commit rows to a table: the transactions that hold a lock for writing on it, or on one of its partitions. */
import type pg from 'pg';
import type { Table } from './table-columns.ts';

/** `transaction`: as pg_locks names it. `pid` is null of a prepared one, which anybody may commit at any time. */
export interface Writer {
  transaction: string;
  pid: number | null;
}

/** Every statement that writes rows takes the first; the others are taken by statements that keep writers out and may write themselves. */
const FOR_WRITING = ['RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'];

/** Of a view the tables are not known: whatever is written in its database counts. */
export async function writersOf(client: pg.Client, { members, kind }: Table): Promise<Writer[]> {
  const { rows } = await client.query<Writer>(
    `SELECT DISTINCT virtualtransaction AS transaction, pid FROM pg_locks
     WHERE locktype = 'relation' AND granted AND mode = ANY($1) AND (pid IS NULL OR pid <> pg_backend_pid())
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND (relation = ANY($2) OR $3)`,
    [FOR_WRITING, members, kind === 'v'],
  );
  return rows;
}

export async function isPrepared(client: pg.Client, table: Table): Promise<boolean> {
  return (await writersOf(client, table)).some(({ pid }) => pid === null);
}

/** Most transactions end within moments. One that does not is waited for by the next run: a plan is made within seconds. */
const SECONDS_TO_WAIT = 5;

/** Waits until those who write now have ended; those who begin meanwhile do not count. False when one has not ended in time. */
export async function writersEnd(client: pg.Client, table: Table): Promise<boolean> {
  const deadline = Date.now() + SECONDS_TO_WAIT * 1000;
  let waitedFor = await writersOf(client, table);
  while (waitedFor.length > 0) {
    if (Date.now() > deadline || waitedFor.some(({ pid }) => pid === null)) return false;
    await client.query('SELECT pg_sleep(0.1)');
    const now = new Set((await writersOf(client, table)).map(({ transaction }) => transaction));
    waitedFor = waitedFor.filter(({ transaction }) => now.has(transaction));
  }
  return true;
}
