/** How a table is cut for its first load, and many new rows later; and what holds for partitions and views. */
import { beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import type { Contract } from '../../../../functions/contract/contract.ts';
import { contract } from '../../contracts.ts';
import { PostgresDatabase } from '../../postgres-database.ts';
import { plan, planned } from '../planned.ts';
import { lines, read } from './batches.ts';

const database = new PostgresDatabase();
let db: pg.Client;
let other: pg.Client;
beforeAll(async () => {
  [db, other] = [await database.connect(), await database.connect()];
});

const ids = (...bounds: [number, number]) => Array.from({ length: bounds[1] - bounds[0] + 1 }, (_, index) => bounds[0] + index);
const numbers = async (of: Contract, found: Awaited<ReturnType<typeof planned>>) =>
  (await lines(of, found)).map(Number).sort((a, b) => a - b);

/** Three partitions of unequal size, each row dated before any bound. */
async function partitioned(dataset: string, load: object = {}) {
  await db.query(`CREATE TABLE ${dataset} (id bigint, updated_at timestamptz(6) DEFAULT now(), PRIMARY KEY (id)) PARTITION BY RANGE (id)`);
  for (const [index, [from, to]] of [
    [1, 301],
    [301, 4_001],
    [4_001, 5_001],
  ].entries())
    await db.query(`CREATE TABLE ${dataset}_${index} PARTITION OF ${dataset} FOR VALUES FROM (${from}) TO (${to})`);
  await database.change(`INSERT INTO ${dataset} SELECT n, '2026-01-01' FROM generate_series(1, 5000) n`);
  return contract({ dataset, columns: { id: 'bigint' }, schemaPolicy: 'discard', load: { chunkRows: 1_000, ...load } });
}

test('a partitioned table whose updates date their rows is cut into the same pages of each partition: each row once', async () => {
  const events = await partitioned('by_pages');
  await db.query('CREATE TRIGGER sets BEFORE UPDATE ON by_pages FOR EACH ROW EXECUTE FUNCTION set_updated_at()');
  const first = await planned(events);
  expect(first.chunks.length).toBeGreaterThanOrEqual(4);
  expect(first.chunks.every(({ read }) => (read as { condition: string }).condition.includes('ctid'))).toBe(true);
  const [one, ...rest] = first.chunks;
  const before = one ? await read(events, first, one) : [];
  // Rows that move to another page, and partition, are dated anew: the next batch has them.
  await db.query('DELETE FROM by_pages WHERE id = 2');
  await db.query('UPDATE by_pages SET id = 2 WHERE id = 4998');
  const after = await Promise.all(rest.map((chunk) => read(events, first, chunk)));
  const come = [before, ...after].flat().map(([id]) => Number(id));
  expect(new Set(come).size).toBe(come.length);
  expect(come.filter((id) => id !== 2 && id !== 4998).sort((a, b) => a - b)).toEqual(ids(1, 5000).filter((id) => id !== 2 && id !== 4998));
});

test('a table whose updates leave the time as it is is cut by its key: a row that moves while it is read is not lost', async () => {
  await db.query('CREATE TABLE undated (id bigint PRIMARY KEY, n int, updated_at timestamptz DEFAULT now())');
  await db.query("INSERT INTO undated SELECT n, 0, '2026-01-01' FROM generate_series(1, 5000) n");
  const quiet = contract({ dataset: 'undated', columns: { id: 'bigint' }, schemaPolicy: 'discard', load: { chunkRows: 1_000 } });
  const first = await planned(quiet);
  expect(first.chunks).toHaveLength(5);
  const come: number[] = [];
  for (const chunk of [...first.chunks].reverse()) {
    come.push(...(await read(quiet, first, chunk)).map(([id]) => Number(id)));
    await database.change('UPDATE undated SET n = n + 1', 'VACUUM undated'); // Every row to another page.
  }
  expect(come.sort((a, b) => a - b)).toEqual(ids(1, 5000));
});

test('a large table is cut by a sample of its keys, whose order is not that of its pages: each row once, in pieces of about the same size', async () => {
  await db.query('CREATE TABLE spread (id bigint PRIMARY KEY, pad text, updated_at timestamptz DEFAULT now())');
  await db.query('ALTER TABLE spread ALTER pad SET STORAGE PLAIN');
  await db.query("INSERT INTO spread SELECT n * 7919 % 10007, repeat('x', 1900), '2026-01-01' FROM generate_series(1, 10000) n");
  const large = contract({ dataset: 'spread', columns: { id: 'bigint' }, schemaPolicy: 'discard', load: { chunkRows: 1_000 } });
  const first = await planned(large);
  const sizes = await Promise.all(first.chunks.map(async (chunk) => (await read(large, first, chunk)).length));
  expect(Math.max(...sizes)).toBeLessThan(2_000);
  const { rows } = await db.query<{ id: string }>('SELECT id FROM spread ORDER BY id');
  expect(await numbers(large, first)).toEqual(rows.map(({ id }) => Number(id)));
  await database.change('UPDATE spread SET updated_at = now() WHERE id % 2 = 0');
  const second = await planned(large, first.watermark);
  const changed = await Promise.all(second.chunks.map(async (chunk) => (await read(large, second, chunk)).length));
  expect(Math.max(...changed)).toBeLessThan(2_000);
  expect(await numbers(large, second)).toEqual(rows.map(({ id }) => Number(id)).filter((id) => id % 2 === 0));
});

/** Rows that a batch has had, and a thousand that came since, of which the planner does not know yet. */
async function grown(dataset: string) {
  await db.query(`CREATE TABLE ${dataset} (id bigint PRIMARY KEY, n int DEFAULT 0, updated_at timestamptz DEFAULT now())`);
  await db.query(`INSERT INTO ${dataset} SELECT n FROM generate_series(1, 1000) n`);
  await db.query(`ANALYZE ${dataset}`);
  const of = contract({ dataset, columns: { id: 'bigint' }, schemaPolicy: 'discard', load: { chunkRows: 100 } });
  const { watermark } = await planned(of);
  return { of, watermark };
}

test('what is new is cut like a first load, by the keys of its own rows: each row once, in pieces of about the same size', async () => {
  const { of, watermark } = await grown('grown');
  await database.change('INSERT INTO grown SELECT n FROM generate_series(1001, 2000) n');
  const second = await planned(of, watermark);
  const sizes = await Promise.all(second.chunks.map(async (chunk) => (await read(of, second, chunk)).length));
  expect(sizes).toHaveLength(10);
  expect(Math.max(...sizes)).toBe(100);
  expect(await numbers(of, second)).toEqual(ids(1001, 2000));
});

test('no more than a chunk of new rows is one piece, however large the table', async () => {
  const { of, watermark } = await grown('few_new');
  await database.change('INSERT INTO few_new SELECT n FROM generate_series(1001, 1100) n');
  const second = await planned(of, watermark);
  expect(second.chunks).toHaveLength(1);
  expect(await numbers(of, second)).toEqual(ids(1001, 1100));
});

test('rows of one bulk update that change while their pieces are read are lost nowhere: undated they come now, dated anew the next time', async () => {
  const { of, watermark } = await grown('bulk');
  await database.change('UPDATE bulk SET updated_at = now()');
  const second = await planned(of, watermark);
  expect(second.chunks).toHaveLength(10);
  const come: number[] = [];
  for (const [index, chunk] of [...second.chunks].reverse().entries()) {
    come.push(...(await read(of, second, chunk)).map(([id]) => Number(id)));
    await database.change('UPDATE bulk SET n = n + 1', 'VACUUM bulk'); // Every row to another page.
    if (index === 4) await database.change('UPDATE bulk SET updated_at = now() WHERE id IN (1, 1000)');
  }
  expect(come.sort((a, b) => a - b)).toEqual(ids(2, 1000));
  expect(await numbers(of, await planned(of, second.watermark))).toEqual([1, 1000]);
});

test('rows that never change are cut into pages without a trigger', async () => {
  await db.query('CREATE TABLE appended (id bigint PRIMARY KEY, updated_at timestamptz DEFAULT now())');
  await db.query("INSERT INTO appended SELECT n, '2026-01-01' FROM generate_series(1, 5000) n");
  const log = contract({
    dataset: 'appended',
    columns: { id: 'bigint' },
    schemaPolicy: 'discard',
    load: { mode: 'append', chunkRows: 1_000 },
  });
  const first = await planned(log);
  expect(first.chunks.length).toBeGreaterThanOrEqual(4);
  expect(first.chunks.every(({ read }) => (read as { condition: string }).condition.includes('ctid'))).toBe(true);
  expect(await numbers(log, first)).toEqual(ids(1, 5000));
});

test('a view is cut by its key, of several columns and with nulls among them: each row once, and read whenever it is asked', async () => {
  await db.query('CREATE TABLE behind (id bigint, part text, updated_at timestamptz DEFAULT now())');
  await db.query(
    "INSERT INTO behind SELECT n, chr(65 + n % 3), '2026-01-01' FROM generate_series(1, 3000) n, generate_series(1, 1 + n % 2)",
  );
  await db.query("INSERT INTO behind VALUES (NULL, 'A', '2026-01-01'), (7, NULL, '2026-01-01'), (2900, NULL, '2026-01-01')");
  await db.query('CREATE VIEW seen AS SELECT id, part, updated_at FROM behind');
  const load = { chunkRows: 1_000, deletions: true };
  const view = contract({ dataset: 'seen', columns: { id: 'bigint', part: 'text', updated_at: 'timestamptz' }, key: ['id', 'part'], load });
  const first = await planned(view);
  expect(first.chunks.filter(({ role }) => role === 'rows').length).toBeGreaterThanOrEqual(4);
  const { rows } = await db.query<{ line: string }>(
    "SELECT concat_ws(',', coalesce(id::text, ''), coalesce(part, ''), '2026-01-01 00:00:00+00') AS line FROM behind",
  );
  expect(await lines(view, first)).toEqual(rows.map(({ line }) => line).sort());
  expect(first.precision).toBe('bounded');
  // The server counts no changes of a view, so deletions are looked for in each batch.
  expect((await planned(view, first.watermark)).chunks.map(({ role }) => role)).toEqual(['keys']);
});

test('a prepared transaction that wrote into a partition alone holds the bound of the whole table', async () => {
  const events = await partitioned('held_partition');
  const first = await planned(events);
  await db.query('DELETE FROM held_partition WHERE id IN (10, 4500)');
  await other.query('BEGIN');
  await other.query('INSERT INTO held_partition_0 VALUES (10)');
  await other.query("PREPARE TRANSACTION 'partition held'");
  await db.query('INSERT INTO held_partition VALUES (4500)');
  expect(await plan(events, first.watermark)).toBeUndefined();
  await db.query("COMMIT PREPARED 'partition held'");
  expect(await lines(events, await planned(events, first.watermark))).toEqual(['10', '4500']);
});

test.each(['cursor', 'snapshot'] as const)('a deletion in a partition is found, by %s', async (mode) => {
  const events = await partitioned(`deleted_${mode}`, { mode, deletions: mode === 'cursor' });
  const { watermark } = await planned(events);
  expect(await plan(events, watermark)).toBeUndefined();
  await database.change(`DELETE FROM deleted_${mode} WHERE id = 400`);
  const second = await planned(events, watermark);
  const found = await lines(events, second, mode === 'cursor' ? 'keys' : 'rows');
  expect(found.map(Number).sort((a, b) => a - b)).toEqual(ids(1, 5000).filter((id) => id !== 400));
});
