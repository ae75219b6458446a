import { beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { contract } from '../../contracts.ts';
import { PostgresDatabase } from '../../postgres-database.ts';
import { plan, planned } from '../planned.ts';
import { lines } from './batches.ts';

const database = new PostgresDatabase();
let db: pg.Client;
let other: pg.Client;
beforeAll(async () => {
  db = await database.connect();
  other = await database.connect();
});

/** A table with the default that the pipeline relies on, and its contract: only the key lands, so that a row is a line. */
async function table(dataset: string, load: object = {}) {
  await db.query(`CREATE TABLE ${dataset} (id bigint PRIMARY KEY, updated_at timestamptz(6) DEFAULT now())`);
  return contract({ dataset, columns: { id: 'bigint' }, schemaPolicy: 'discard', load });
}
const now = async () => (await db.query<{ at: string }>('SELECT clock_timestamp()::text AS at')).rows[0]?.at ?? '';

test('a transaction that began before a run and commits after it is not missed', async () => {
  const users = await table('late');
  await other.query('BEGIN');
  await other.query('INSERT INTO late (id) VALUES (1)'); // The older time, not yet visible.
  await db.query('INSERT INTO late (id) VALUES (2)');

  const first = await plan(users);
  await other.query('COMMIT');
  const second = await planned(users, first?.watermark);

  const [before, after] = [first ? await lines(users, first) : [], await lines(users, second)];
  expect([...before, ...after].sort()).toEqual(['1', '2']);
});

test('a transaction that has only begun, without a write yet, holds the bound too', async () => {
  const users = await table('begun');
  await db.query('INSERT INTO begun (id) VALUES (1)');
  await other.query('BEGIN');
  await other.query('SELECT now()');
  const first = await planned(users);
  await other.query('INSERT INTO begun (id) VALUES (2)');
  await other.query('COMMIT');
  expect(await lines(users, first)).toEqual(['1']);
  expect(await lines(users, await planned(users, first.watermark))).toEqual(['2']);
});

test('a prepared transaction keeps the bound where it was, and its rows come once it is committed', async () => {
  const users = await table('prepared');
  await db.query('INSERT INTO prepared (id) VALUES (1)');
  const first = await planned(users);
  await other.query('BEGIN');
  await other.query('INSERT INTO prepared (id) VALUES (2)');
  await other.query("PREPARE TRANSACTION 'held'");
  await db.query('INSERT INTO prepared (id) VALUES (3)');
  expect(await plan(users, first.watermark)).toBeUndefined();
  await db.query("COMMIT PREPARED 'held'");
  expect(await lines(users, await planned(users, first.watermark))).toEqual(['2', '3']);
});

test('rows at the bound itself, and one microsecond on either side, are read exactly once', async () => {
  const users = await table('microseconds');
  await db.query(
    "INSERT INTO microseconds SELECT n, timestamptz '2026-01-01 00:00:00+00' + n * interval '1 microsecond' FROM generate_series(1, 50) n",
  );
  const first = await planned(users);
  const { upper } = first.bounds as { upper: string };
  await db.query("INSERT INTO microseconds SELECT 51 + n, $1::timestamptz + n * interval '1 microsecond' FROM generate_series(0, 49) n", [
    upper,
  ]);
  const second = await planned(users, first.watermark);
  expect(second.bounds).toMatchObject({ lower: upper });
  expect((await lines(users, first)).map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  expect((await lines(users, second)).map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, index) => index + 51));
});

test('a table whose changes came by the log until now is read from its beginning', async () => {
  const users = await table('by_the_log');
  await db.query('INSERT INTO by_the_log (id) VALUES (1), (2)');
  const found = await planned(users, { lsn: '0/1', slot: 'by_the_log' });
  expect(found.bounds).toMatchObject({ lower: null });
  expect((await lines(users, found)).sort()).toEqual(['1', '2']);
});

test('a table that was appended until now is read from its beginning, since an update of a row that was there counts from now on', async () => {
  const users = await table('appended');
  await db.query('INSERT INTO appended (id) VALUES (1), (2)');
  const appended = { ...users, load: { ...users.load, mode: 'append' as const } };
  const { watermark } = await planned(appended);
  expect(await plan(appended, watermark)).toBeUndefined();
  const found = await planned(users, watermark);
  expect(found.bounds).toMatchObject({ lower: null });
  expect((await lines(users, found)).sort()).toEqual(['1', '2']);
  expect(await plan(users, found.watermark)).toBeUndefined();
});

test('a plan read again later, after more has come, gives the rows that it gave', async () => {
  const users = await table('repeated');
  await db.query('INSERT INTO repeated (id) VALUES (1), (2)');
  const first = await planned(users);
  const once = await lines(users, first);
  await db.query('INSERT INTO repeated (id) VALUES (3)');
  expect(await lines(users, first)).toEqual(once);
});

test('a bound keeps its microseconds, and lies between the clock before and the clock after', async () => {
  const users = await table('clock');
  await db.query('INSERT INTO clock (id) VALUES (1)');
  const before = await now();
  const { bounds, watermark } = await planned(users);
  const after = await now();
  const { upper } = bounds as { upper: string };
  const { rows } = await db.query('SELECT $1::timestamptz < $2::timestamptz AND $2::timestamptz < $3::timestamptz AS between', [
    before,
    upper,
    after,
  ]);
  expect(rows).toEqual([{ between: true }]);
  expect(upper).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{1,6}\+00$/);
  expect(watermark).toMatchObject({ cursor: upper });
});

test('nothing new is no batch; an updated row is one, with that row alone', async () => {
  const users = await table('updated');
  await db.query('INSERT INTO updated (id) VALUES (1), (2)');
  const { watermark } = await planned(users);
  expect(await plan(users, watermark)).toBeUndefined();
  await db.query('UPDATE updated SET updated_at = now() WHERE id = 2');
  expect(await lines(users, await planned(users, watermark))).toEqual(['2']);
});

test('an empty table is nothing new', async () => {
  expect(await plan(await table('empty'))).toBeUndefined();
});

test('rows without a time, or with an infinite one, are not lost: they land once, and again when one of them changes', async () => {
  const users = await table('unordered');
  await db.query("INSERT INTO unordered VALUES (1, now()), (2, NULL), (3, 'infinity'), (4, '-infinity')");
  const first = await planned(users);
  expect(await lines(users, first)).toEqual(['1', '2', '3', '4']);
  expect(await plan(users, first.watermark)).toBeUndefined();
  await db.query('UPDATE unordered SET id = 20 WHERE id = 2');
  const second = await planned(users, first.watermark);
  expect(await lines(users, second)).toEqual(['20', '3', '4']);
  expect(await plan(users, second.watermark)).toBeUndefined();
  await db.query('UPDATE unordered SET updated_at = now() WHERE id = 20');
  expect(await lines(users, await planned(users, second.watermark))).toEqual(['20', '3', '4']);
});

test('a full load reads the whole table again, whatever the watermark', async () => {
  const users = await table('whole', { deletions: true });
  await db.query('INSERT INTO whole (id) VALUES (1), (2)');
  const { watermark } = await planned(users);
  const again = await planned(users, watermark, 'full');
  expect(await lines(users, again)).toEqual(['1', '2']);
  expect(await lines(users, again, 'keys')).toEqual(['1', '2']);
});

test('a first load is cut into ranges of pages that leave no row out and read none twice', async () => {
  const users = await table('large', { chunkRows: 1_000 });
  await db.query("INSERT INTO large SELECT n, '2026-01-01' FROM generate_series(1, 10000) n");
  await db.query('ANALYZE large');
  const first = await planned(users);
  expect(first.chunks.length).toBeGreaterThan(5);
  // A row that moves to a page at the end was changed: it belongs to the next batch, whichever chunk meets it.
  await db.query('UPDATE large SET updated_at = now() WHERE id % 1000 = 0');
  const unmoved = Array.from({ length: 10_000 }, (_, index) => index + 1).filter((id) => id % 1000 !== 0);
  expect((await lines(users, first)).map(Number).sort((a, b) => a - b)).toEqual(unmoved);
  expect(await lines(users, await planned(users, first.watermark))).toHaveLength(10);
});

test('names with capitals, blanks and quotes are taken literally', async () => {
  await db.query('CREATE SCHEMA "App Data"');
  await db.query('GRANT USAGE ON SCHEMA "App Data" TO etl_reader');
  await db.query('CREATE TABLE "App Data"."User""s" ("Select" text PRIMARY KEY, "Updated At" timestamptz DEFAULT now())');
  await db.query('GRANT SELECT ON "App Data"."User""s" TO etl_reader');
  await db.query(`INSERT INTO "App Data"."User""s" VALUES ('a')`);
  const odd = contract({
    dataset: 'odd',
    object: 'App Data.User"s',
    columns: { Select: 'text' },
    key: ['Select'],
    schemaPolicy: 'discard',
    load: { sequence: 'Updated At', deletions: true },
  });
  const found = await planned(odd);
  expect([await lines(odd, found), await lines(odd, found, 'keys')]).toEqual([['a'], ['a']]);
});
