/** Chunks from a streaming replica: never before it has come as far as the primary was when the bound was taken. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { until } from '../../../until.ts';
import { contract } from '../../contracts.ts';
import { setSecret } from '../../secret.ts';
import { planned } from '../planned.ts';
import { lines } from './batches.ts';
import { OwnServer } from './own-server.ts';

const primary = new OwnServer();
let replica: OwnServer;
let db: pg.Client;
let there: pg.Client;
const orders = contract({ dataset: 'orders', columns: { id: 'bigint' }, schemaPolicy: 'discard', load: { deletions: true } });

beforeAll(async () => {
  await primary.start();
  db = await primary.connect();
  await db.query('CREATE TABLE orders (id bigint PRIMARY KEY, updated_at timestamptz DEFAULT now())');
  replica = await primary.replica();
  there = await replica.connect();
  await setSecret('etl/postgres', primary.secret);
  settings({});
}, 60_000);
afterAll(async () => {
  await replica?.end();
  await primary.end();
});

function settings(changes: object): void {
  process.env.POSTGRES_SETTINGS = JSON.stringify({ replica: `127.0.0.1:${replica.secret.port}`, ...changes });
}
/** Sessions of the pipeline that read, on either server. */
const reads = async (on: pg.Client) =>
  (await on.query("SELECT query FROM pg_stat_activity WHERE application_name LIKE 'etl read orders%'")).rows.map(({ query }) =>
    String(query),
  );

test('a replica that lags is waited for, and then gives every row below the bound, and keys without what was deleted', async () => {
  await db.query('INSERT INTO orders (id) VALUES (1), (2)');
  await until('the replica to have the rows', async () => (await there.query('SELECT FROM orders')).rowCount === 2);
  await there.query('SELECT pg_wal_replay_pause()');
  await db.query('INSERT INTO orders (id) VALUES (3)');
  await db.query('DELETE FROM orders WHERE id = 1');
  const found = await planned(orders);
  const reading = Promise.all([lines(orders, found), lines(orders, found, 'keys')]);
  await until(
    'the chunks to wait on the replica',
    async () => (await reads(there)).filter((query) => query.includes('pg_sleep')).length === 2,
  );
  expect(await reads(db)).toEqual([]);
  await there.query('SELECT pg_wal_replay_resume()');
  expect(await reading).toEqual([
    ['2', '3'],
    ['2', '3'],
  ]);
});

test('one that does not come so far in time is SourceBusy, and is tried again', async () => {
  settings({ replicaWaitSeconds: 0 });
  await there.query('SELECT pg_wal_replay_pause()');
  await db.query('INSERT INTO orders (id) VALUES (4)');
  const found = await planned(orders);
  await expect(lines(orders, found)).rejects.toMatchObject({
    code: 'SourceBusy',
    retry: 'backoff',
    expected: expect.stringContaining('replica'),
  });
  await there.query('SELECT pg_wal_replay_resume()');
  settings({});
  expect(await lines(orders, found)).toEqual(['2', '3', '4']);
});

test('a secret that names the replica is told where it belongs: only the primary knows who is writing', async () => {
  await setSecret('etl/postgres', replica.secret);
  await expect(planned(orders)).rejects.toMatchObject({
    code: 'CannotSeeTransactions',
    remedy: expect.stringContaining('postgres.replica'),
  });
  await setSecret('etl/postgres', primary.secret);
});

test('one that was promoted is not read: it has a history of its own, and the primary is the server of the secret', async () => {
  await there.query('SELECT pg_promote()');
  await there.query('INSERT INTO orders (id) VALUES (99)');
  await db.query('INSERT INTO orders (id) VALUES (5)');
  expect(await lines(orders, await planned(orders))).toEqual(['2', '3', '4', '5']);
});
