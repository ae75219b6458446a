/** How exact a cursor by time is: what the server sets, what it rounds, what comes by replication, and the lookback. */
import { beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { servers } from '../../../servers/servers.ts';
import { until } from '../../../until.ts';
import { contract } from '../../contracts.ts';
import { PostgresDatabase } from '../../postgres-database.ts';
import { plan, planned } from '../planned.ts';
import { lines } from './batches.ts';

const database = new PostgresDatabase();
let db: pg.Client;
let other: pg.Client;
beforeAll(async () => {
  [db, other] = [await database.connect(), await database.connect()];
});

async function table(dataset: string, time = 'timestamptz DEFAULT now()', load: object = {}) {
  await db.query(`CREATE TABLE ${dataset} (id bigint PRIMARY KEY, updated_at ${time})`);
  return contract({ dataset, columns: { id: 'bigint' }, schemaPolicy: 'discard', load });
}

test.each([
  ['by_now', 'timestamptz DEFAULT now()', 'exact'],
  ['by_standard', 'timestamptz DEFAULT CURRENT_TIMESTAMP', 'exact'],
  ['by_clock', 'timestamptz DEFAULT clock_timestamp()', 'exact'],
  ['by_application', 'timestamptz', 'bounded'],
  ['by_constant', "timestamptz DEFAULT '2026-01-01'", 'bounded'],
])('a time set %s', async (dataset, type, precision) => {
  const users = await table(dataset, type);
  await db.query(`INSERT INTO ${dataset} VALUES (1, now())`);
  expect(await planned(users)).toMatchObject({ precision });
});

test('a time that a trigger sets is exact, and one that a disabled trigger would set is not', async () => {
  const users = await table('triggered', 'timestamptz');
  await db.query('CREATE TRIGGER sets BEFORE INSERT OR UPDATE ON triggered FOR EACH ROW EXECUTE FUNCTION set_updated_at()');
  await db.query('INSERT INTO triggered VALUES (1)');
  expect(await planned(users)).toMatchObject({ precision: 'exact' });
  await db.query('ALTER TABLE triggered DISABLE TRIGGER sets');
  expect(await planned(users)).toMatchObject({ precision: 'bounded' });
});

test('a column that keeps whole seconds may round a start down: its row is not missed', async () => {
  const users = await table('rounded', 'timestamptz(0) DEFAULT now()');
  // Begun in the first half of a second, so that the row's time is before the transaction's start.
  await until('a transaction to begin in the first half of a second', async () => {
    await other.query('BEGIN');
    const { rows } = await other.query('SELECT extract(microseconds FROM now())::int % 1000000 BETWEEN 1 AND 499999 AS first_half');
    if (!rows[0].first_half) await other.query('ROLLBACK');
    return rows[0].first_half;
  });
  await other.query('INSERT INTO rounded VALUES (1)');
  const first = await plan(users);
  await other.query('COMMIT');
  await until('the row to come', async () => {
    const second = await plan(users, first?.watermark);
    return second !== undefined && (await lines(users, second)).includes('1');
  });
});

test('a row that the application dated before the bound comes within the lookback, though nothing is newer', async () => {
  const users = await table('dated', 'timestamptz', { lookbackSeconds: 3_600 });
  await db.query("INSERT INTO dated VALUES (1, now() - interval '30 minutes')");
  const first = await planned(users);
  expect(await plan(users, first.watermark)).toBeUndefined();
  await db.query("INSERT INTO dated VALUES (2, now() - interval '20 minutes'), (3, now() - interval '2 hours')");
  const second = await planned(users, first.watermark);
  // What was there is read again, for Silver to find unchanged; what is older than the lookback is passed, as the receipt's precision says.
  expect(await lines(users, second)).toEqual(['1', '2']);
  expect(second).toMatchObject({ precision: 'bounded', bounds: { lower: (first.bounds as { upper: string }).upper } });
  expect(await plan(users, second.watermark)).toBeUndefined();
});

test('a table that a subscription fills is bounded by the lookback: its worker holds the bound while it applies, and its rows are dated elsewhere', async () => {
  const users = await table('replicated', undefined, { lookbackSeconds: 60 });
  await db.query('INSERT INTO replicated VALUES (1)');
  const publisher = `${database.name}_publisher`;
  const { host, port } = servers.postgres.secret;
  const { username, password } = servers.postgres.admin;
  await db.query(`CREATE DATABASE ${publisher} TEMPLATE ${servers.postgres.secret.database}`);
  const there = await database.connect(publisher);
  await there.query('CREATE TABLE replicated (id bigint PRIMARY KEY, updated_at timestamptz DEFAULT now())');
  await there.query('CREATE PUBLICATION tables FOR TABLE replicated');
  await there.query("SELECT pg_create_logical_replication_slot($1, 'pgoutput')", [publisher]);
  await db.query(
    `CREATE SUBSCRIPTION subscribed CONNECTION 'host=${host} port=${port} user=${username} password=${password} sslmode=require dbname=${publisher}'
     PUBLICATION tables WITH (create_slot = false, slot_name = '${publisher}', copy_data = false)`,
  );
  try {
    await other.query('BEGIN');
    await other.query('LOCK TABLE replicated IN SHARE MODE'); // The worker waits for it, in a transaction of its own.
    await there.query('INSERT INTO replicated VALUES (10)');
    const worker = await until('the worker to wait', async () => {
      const { rows } = await db.query<{ began: string }>(
        "SELECT xact_start::text AS began FROM pg_stat_activity WHERE backend_type LIKE 'logical replication%' AND wait_event_type = 'Lock' AND datname = current_database()",
      );
      return rows[0];
    });
    const first = await planned(users);
    const { upper } = first.bounds as { upper: string };
    const { rows } = await db.query('SELECT $1::timestamptz <= $2::timestamptz AS held', [upper, worker.began]);
    expect(rows).toEqual([{ held: true }]);
    expect(first.precision).toBe('bounded');
    await other.query('COMMIT');
    await until('the row to be applied', async () => (await db.query('SELECT FROM replicated WHERE id = 10')).rowCount === 1);
    expect(await lines(users, await planned(users, first.watermark))).toContain('10');
  } finally {
    await db.query('ALTER SUBSCRIPTION subscribed DISABLE');
    await db.query('ALTER SUBSCRIPTION subscribed SET (slot_name = NONE)');
    await db.query('DROP SUBSCRIPTION subscribed');
    await until('the slot to be left', async () => {
      const { rows } = await db.query('SELECT active FROM pg_replication_slots WHERE slot_name = $1', [publisher]);
      return rows[0]?.active === false;
    });
    await db.query('SELECT pg_drop_replication_slot($1)', [publisher]);
    await there.end();
    await db.query(`DROP DATABASE ${publisher} WITH (FORCE)`);
  }
});
