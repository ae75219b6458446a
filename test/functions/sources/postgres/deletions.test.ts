import { beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { contract } from '../../contracts.ts';
import { PostgresDatabase } from '../../postgres-database.ts';
import { plan, planned } from '../planned.ts';
import { lines } from './batches.ts';

const database = new PostgresDatabase();
let db: pg.Client;
beforeAll(async () => {
  db = await database.connect();
});

async function table(dataset: string, load: object) {
  await db.query(`CREATE TABLE ${dataset} (id bigint, part text, updated_at timestamptz(6) DEFAULT now(), PRIMARY KEY (id, part))`);
  await database.change(`INSERT INTO ${dataset} VALUES (1, 'a'), (2, 'b'), (3, 'c')`);
  return contract({ dataset, columns: { id: 'bigint', part: 'text', updated_at: 'timestamptz' }, key: ['id', 'part'], load });
}

test('the first load brings the complete key set, of the key columns alone', async () => {
  const orders = await table('first_keys', { deletions: true });
  const first = await planned(orders);
  expect(first.complete).toBe(false);
  expect(first.chunks.find(({ role }) => role === 'keys')?.columns).toEqual([
    { name: 'id', type: 'BIGINT' },
    { name: 'part', type: 'VARCHAR' },
  ]);
  expect(await lines(orders, first, 'keys')).toEqual(['1,a', '2,b', '3,c']);
});

test('a row that was deleted makes a batch of keys alone, without it; then there is nothing new', async () => {
  const orders = await table('deleted', { deletions: true });
  const { watermark } = await planned(orders);
  await database.change('DELETE FROM deleted WHERE id = 2');
  const second = await planned(orders, watermark);
  expect(second.chunks.map(({ role }) => role)).toEqual(['keys']);
  expect(await lines(orders, second, 'keys')).toEqual(['1,a', '3,c']);
  expect(await plan(orders, second.watermark)).toBeUndefined();
});

test('keys are not read again for rows that came or changed', async () => {
  const orders = await table('came', { deletions: true });
  const { watermark } = await planned(orders);
  await database.change("INSERT INTO came VALUES (4, 'd')", 'UPDATE came SET updated_at = now() WHERE id = 1');
  expect((await planned(orders, watermark)).chunks.map(({ role }) => role)).toEqual(['rows']);
});

test('a table that was truncated has an empty key set', async () => {
  const orders = await table('truncated', { deletions: true });
  const { watermark } = await planned(orders);
  await database.change('TRUNCATE truncated');
  expect(await lines(orders, await planned(orders, watermark), 'keys')).toEqual([]);
});

test('keys are read again when the counters began anew, since what was deleted meanwhile is not known', async () => {
  const orders = await table('reset', { deletions: true });
  const { watermark } = await planned(orders);
  await db.query('SELECT pg_stat_reset()');
  expect((await planned(orders, watermark)).chunks.map(({ role }) => role)).toEqual(['keys']);
});

test('a contract without deletions never reads keys', async () => {
  const orders = await table('kept', { deletions: false });
  const { watermark, chunks } = await planned(orders);
  expect(chunks.map(({ role }) => role)).toEqual(['rows']);
  await database.change('DELETE FROM kept WHERE id = 2');
  expect(await plan(orders, watermark)).toBeUndefined();
});

test('a snapshot is the whole table, and none is taken while the table stays as it is', async () => {
  const stock = await table('stock', { mode: 'snapshot' });
  const first = await planned(stock);
  expect(first).toMatchObject({ complete: true, precision: 'exact', bounds: { lower: null, upper: null } });
  expect(await lines(stock, first)).toHaveLength(3);
  expect(await plan(stock, first.watermark)).toBeUndefined();
});

test.each([
  ['came', "INSERT INTO stock_came VALUES (9, 'z')", 4],
  ['changed', "UPDATE stock_changed SET part = 'y' WHERE id = 1", 3],
  ['went', 'DELETE FROM stock_went WHERE id = 1', 2],
])('a snapshot is taken when a row %s, whatever its time says', async (what, statement, rows) => {
  const stock = await table(`stock_${what}`, { mode: 'snapshot' });
  const { watermark } = await planned(stock);
  await database.change(statement);
  expect(await lines(stock, await planned(stock, watermark))).toHaveLength(rows);
});
