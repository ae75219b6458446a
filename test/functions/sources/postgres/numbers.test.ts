import { beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import type { Column } from '../../../../functions/contract/contract.ts';
import type { PostgresWatermark } from '../../../../functions/sources/postgres/watermark.ts';
import { until } from '../../../until.ts';
import { contract } from '../../contracts.ts';
import { PostgresDatabase } from '../../postgres-database.ts';
import { plan, planned } from '../planned.ts';
import { lines } from './batches.ts';

const database = new PostgresDatabase();
let db: pg.Client;
let other: pg.Client;
let third: pg.Client;
beforeAll(async () => {
  [db, other, third] = [await database.connect(), await database.connect(), await database.connect()];
});

/** A table whose numbers a sequence of the server draws, so that they commit in any order; only the key lands. */
async function table(dataset: string, number = 'bigint GENERATED ALWAYS AS IDENTITY', load: object = {}) {
  await db.query(`CREATE TABLE ${dataset} (id bigint PRIMARY KEY, place ${number})`);
  return contract({ dataset, columns: { id: 'bigint' }, schemaPolicy: 'discard', load: { sequence: 'place', ...load } });
}

/** Until the plan of this dataset waits for a transaction to end. */
const waiting = (dataset: string) =>
  until('the plan to wait for the writer', async () => {
    const { rowCount } = await db.query("SELECT FROM pg_stat_activity WHERE application_name = $1 AND query LIKE '%pg_sleep(0.1)%'", [
      `etl plan ${dataset}`,
    ]);
    return (rowCount ?? 0) > 0;
  });

test('a lower number that commits after a higher one is waited for, and both come', async () => {
  const events = await table('out_of_order');
  await other.query('BEGIN');
  await other.query('INSERT INTO out_of_order VALUES (1)');
  await db.query('INSERT INTO out_of_order VALUES (2)');
  const planning = planned(events);
  await waiting('out_of_order');
  await other.query('COMMIT');
  const first = await planning;
  expect(first).toMatchObject({ bounds: { lower: null, upper: '2' }, precision: 'exact' });
  expect(await lines(events, first)).toEqual(['1', '2']);
  expect(await plan(events, first.watermark)).toBeUndefined();
});

test('writers that begin while it waits are not waited for, and their numbers come with the next batch', async () => {
  const events = await table('never_pausing');
  await other.query('BEGIN');
  await other.query('INSERT INTO never_pausing VALUES (1)');
  await db.query('INSERT INTO never_pausing VALUES (2)');
  const planning = planned(events);
  await waiting('never_pausing');
  await third.query('BEGIN');
  await third.query('INSERT INTO never_pausing VALUES (3)');
  await other.query('COMMIT');
  const first = await planning;
  await third.query('COMMIT');
  expect(await lines(events, first)).toEqual(['1', '2']);
  // The bound is read again: another row may have the same number.
  expect(await lines(events, await planned(events, first.watermark))).toEqual(['2', '3']);
});

test('a writer that does not end keeps the watermark where it is, and nothing is passed', async () => {
  const events = await table('open');
  await db.query('INSERT INTO open VALUES (1)');
  const { watermark } = await planned(events);
  await other.query('BEGIN');
  await other.query('INSERT INTO open VALUES (2)');
  await db.query('INSERT INTO open VALUES (3)');
  expect(await plan(events, watermark)).toBeUndefined();
  await other.query('COMMIT');
  expect(await lines(events, await planned(events, watermark))).toEqual(['1', '2', '3']);
});

test('a prepared transaction holds the numbers too, before the first batch and after', async () => {
  const events = await table('prepared_number');
  await other.query('BEGIN');
  await other.query('INSERT INTO prepared_number VALUES (1)');
  await other.query("PREPARE TRANSACTION 'number held'");
  await db.query('INSERT INTO prepared_number VALUES (2)');
  expect(await plan(events)).toBeUndefined();
  await db.query("COMMIT PREPARED 'number held'");
  expect(await lines(events, await planned(events))).toEqual(['1', '2']);
});

test('rows that later get the number of the bound come with what is newer', async () => {
  const loads = await table('shared', 'integer');
  await db.query('INSERT INTO shared VALUES (1, 7)');
  const first = await planned(loads);
  await db.query('INSERT INTO shared VALUES (2, 7)');
  expect(await plan(loads, first.watermark)).toBeUndefined();
  await db.query('INSERT INTO shared VALUES (3, 8)');
  expect(await lines(loads, await planned(loads, first.watermark))).toEqual(['1', '2', '3']);
});

test('numbers of eighteen digits keep every digit; rows without a number, or with none that can be compared, land once', async () => {
  const totals = await table('digits', 'numeric(18,0)');
  await db.query("INSERT INTO digits VALUES (1, 999999999999999998), (2, 999999999999999999), (3, NULL), (4, 'NaN'), (5, -3)");
  const first = await planned(totals);
  expect(first.bounds).toEqual({ lower: null, upper: '999999999999999999' });
  expect(await lines(totals, first)).toEqual(['1', '2', '3', '4', '5']);
  expect(await plan(totals, first.watermark)).toBeUndefined();
});

test('a table whose rows have no number at all lands them, and goes on when numbers come', async () => {
  const late = await table('numberless', 'integer');
  await db.query('INSERT INTO numberless VALUES (1, NULL)');
  const first = await planned(late);
  expect(await lines(late, first)).toEqual(['1']);
  await db.query('INSERT INTO numberless VALUES (2, 1)');
  expect(await lines(late, await planned(late, first.watermark))).toEqual(['2']);
});

test.each([
  ['cached', 'CACHE 20'],
  ['cycling', 'MAXVALUE 100 CYCLE'],
  ['falling', 'INCREMENT -1'],
])('a generator whose numbers are %s is SequenceUnusable: a later row may have the lower number', async (dataset, option) => {
  const events = await table(dataset, `bigint GENERATED BY DEFAULT AS IDENTITY (${option})`);
  await expect(plan(events)).rejects.toMatchObject({ code: 'SequenceUnusable', found: expect.stringContaining('CACHE above 1') });
});

test('the same of a generator that a default names', async () => {
  await db.query('CREATE SEQUENCE places CACHE 50');
  await expect(plan(await table('drawn', "bigint DEFAULT nextval('places')"))).rejects.toMatchObject({ code: 'SequenceUnusable' });
});

test('a lookback in seconds is refused where the sequence is a number', async () => {
  const events = await table('no_lookback', 'bigint', { lookbackSeconds: 60 });
  await expect(plan(events)).rejects.toMatchObject({ code: 'SequenceUnusable', found: expect.stringContaining('60 for place bigint') });
});

test('another sequence reads the table from its beginning, though its numbers are lower than those that were read', async () => {
  const events = await table('revised', 'bigint, revision bigint');
  await db.query('INSERT INTO revised VALUES (1, 1000000, 90000)');
  const first = await planned(events);
  const byRevision = { ...events, load: { ...events.load, sequence: 'revision' } };
  const second = await planned(byRevision, first.watermark);
  expect(second.bounds).toEqual({ lower: null, upper: '90000' });
  await db.query('INSERT INTO revised VALUES (2, 1000001, 90001)');
  expect(await lines(byRevision, await planned(byRevision, second.watermark))).toEqual(['1', '2']);
});

test('another table under the name of the dataset is read from its beginning', async () => {
  const before = await table('first_place', 'bigint');
  await db.query('INSERT INTO first_place VALUES (1, 1000000)');
  const { watermark } = await planned(before);
  const after = { ...before, object: (await table('second_place', 'bigint')).object };
  await db.query('INSERT INTO second_place VALUES (2, 1)');
  const second = await planned(after, watermark);
  expect(await lines(after, second)).toEqual(['2']);
  expect(await plan(after, second.watermark)).toBeUndefined();
});

test('a sequence that the contract calls otherwise is the same one, and is read on where it was', async () => {
  const events = await table('recalled');
  await db.query('INSERT INTO recalled VALUES (1), (2)');
  const { watermark } = await planned(events);
  const [id] = events.columns as [Column];
  const columns = [id, { ...id, name: 'position', physicalName: 'place', aliases: ['place'], physicalType: 'bigint' }];
  expect(await plan({ ...events, columns, load: { ...events.load, sequence: 'position' } }, watermark)).toBeUndefined();
});

test('a watermark of another kind of sequence is told by name, with the way on, where it does not say of which', async () => {
  const events = await table('renamed', 'bigint GENERATED ALWAYS AS IDENTITY, updated_at timestamptz DEFAULT now()');
  await db.query('INSERT INTO renamed VALUES (1)');
  const { mode, object, sequence, ...watermark } = (await planned(events)).watermark as PostgresWatermark;
  expect([mode, object, sequence]).toEqual(['cursor', events.object, 'place']);
  expect(await plan(events, watermark)).toBeUndefined();
  const byTime = { ...events, load: { ...events.load, sequence: 'updated_at' } };
  const failed = { code: 'SequenceUnusable', remedy: expect.stringContaining('--mode full') };
  await expect(plan(byTime, watermark)).rejects.toMatchObject(failed);
  expect(await lines(byTime, await planned(byTime, watermark, 'full'))).toEqual(['1']);
});

describe.each([
  ['numbers', 'place', 'bigint GENERATED ALWAYS AS IDENTITY'],
  ['times', 'place', 'timestamptz NOT NULL DEFAULT now()'],
])('%s under four writers that commit in any order', (kind, sequence, type) => {
  test('each row comes, whatever batch it falls into', async () => {
    const dataset = `many_${kind}`;
    const busy = await table(dataset, type, { sequence });
    const ids = Array.from({ length: 4 }, (_, writer) => Array.from({ length: 30 }, (_, index) => writer * 1_000 + index));
    const sessions = await Promise.all(ids.map(() => database.connect()));
    let writing = true;
    const written = Promise.all(
      sessions.map(async (session, writer) => {
        for (const [index, id] of (ids[writer] ?? []).entries()) {
          await session.query('BEGIN');
          await session.query(`INSERT INTO ${dataset} (id) VALUES ($1)`, [id]);
          // Each keeps its transaction open for another while, so that they end in another order than they began.
          await session.query('SELECT pg_sleep($1)', [((index * 7 + writer * 3) % 10) / 200]);
          await session.query('COMMIT');
        }
      }),
    ).finally(() => {
      writing = false;
    });
    const come = new Set<string>();
    let watermark: unknown;
    const load = async () => {
      const found = await plan(busy, watermark);
      if (!found) return;
      watermark = found.watermark;
      for (const line of await lines(busy, found)) come.add(line);
    };
    while (writing) await load();
    await written;
    await load();
    expect([...come].map(Number).sort((a, b) => a - b)).toEqual(ids.flat());
  });
});
