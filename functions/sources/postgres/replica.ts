/** Reading from a replica: only once it has replayed all that the primary had written when the bound was taken. */
import type pg from 'pg';
import { SourceBusy } from '../../errors.ts';
import { connect } from './connection.ts';
import { postgresSettings } from './settings.ts';

/**
 * The place in the primary's log behind all that is committed now, asked after the bound: a chunk's snapshot on a replica that has come
 * so far sees every row below the bound. Undefined where the stage has no replica.
 */
export async function placeInLog(client: pg.Client): Promise<string | undefined> {
  if (postgresSettings().replica === undefined) return undefined;
  const { rows } = await client.query<{ lsn: string }>('SELECT pg_current_wal_insert_lsn()::text AS lsn');
  return rows[0]?.lsn;
}

/**
 * The replica where the stage has one and the chunk was planned for it, else the primary. One that was promoted since has a history of its
 * own, and the primary is the server that the secret names. @throws SourceBusy when the replica lags.
 */
export async function connectToRead(purpose: string, dataset: string, lsn: string | undefined): Promise<pg.Client> {
  const { replica, replicaWaitSeconds } = postgresSettings();
  if (replica === undefined || lsn === undefined) return connect(purpose);
  const [host = '', port] = replica.split(':');
  const client = await connect(purpose, { elsewhere: { host, port: Number(port) } });
  try {
    if (await hasReplayed(client, dataset, lsn, replicaWaitSeconds)) return client;
  } catch (error) {
    await client.end();
    throw error;
  }
  await client.end();
  return connect(purpose);
}

/** Waits for it; false of a server that is no replica any more. */
async function hasReplayed(client: pg.Client, dataset: string, lsn: string, seconds: number): Promise<boolean> {
  const deadline = Date.now() + seconds * 1000;
  for (;;) {
    const { rows } = await client.query<{ isReplica: boolean; replayed: boolean }>(
      'SELECT pg_is_in_recovery() AS "isReplica", pg_last_wal_replay_lsn() >= $1::pg_lsn AS replayed',
      [lsn],
    );
    if (!rows[0]?.isReplica) return false;
    if (rows[0].replayed) return true;
    if (Date.now() > deadline) throw behind(dataset, lsn, seconds);
    await client.query('SELECT pg_sleep(0.2)');
  }
}

function behind(dataset: string, lsn: string, seconds: number): SourceBusy {
  return new SourceBusy({
    dataset,
    expected: `the replica to have replayed the log up to ${lsn} within ${seconds} s`,
    found: 'that it lags behind the primary',
    remedy: 'nothing: it is tried again; if it stays so, look at the replica, or take postgres.replica out of config/',
  });
}
