/** Whoever holds a watermark back is measured and named. */
import { afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import type pg from 'pg';
import { contract } from '../../contracts.ts';
import { PostgresDatabase } from '../../postgres-database.ts';

// Metrics are lines on standard output, which other tests switch off.
process.env.POWERTOOLS_METRICS_DISABLED = 'false';
process.env.POWERTOOLS_DEV = 'true';
const measured: Record<string, unknown>[] = [];
jest.spyOn(console, 'log').mockImplementation((line: string) => void measured.push(JSON.parse(line)));
const { logger } = await import('../../../../functions/middleware.ts');
const warned: unknown[][] = [];
jest.spyOn(logger, 'warn').mockImplementation((...said) => void warned.push(said));
const { tellHeld } = await import('../../../../functions/sources/postgres/upper-bound.ts');
const { plan } = await import('../planned.ts');

const database = new PostgresDatabase();
let db: pg.Client;
let other: pg.Client;
beforeAll(async () => {
  [db, other] = [await database.connect(), await database.connect()];
});
afterEach(() => {
  measured.length = 0;
  warned.length = 0;
});
const held = () => measured.map(({ Dataset, WatermarkHeldSeconds }) => [Dataset, WatermarkHeldSeconds]);

test('a plan that nobody holds back says 0 seconds', async () => {
  await db.query('CREATE TABLE free (id bigint PRIMARY KEY, updated_at timestamptz DEFAULT now())');
  await plan(contract({ dataset: 'free', columns: { id: 'bigint' } }));
  expect(held()).toEqual([['free', 0]]);
  expect(warned).toEqual([]);
});

test.each([
  ['updated_at', false],
  ['updated_at', true],
  ['id', true],
])('the seconds since the transaction that holds %s back began, or was prepared (%s), are published', async (sequence, prepared) => {
  const dataset = `held_by_${sequence}_${prepared}`;
  await db.query(`CREATE TABLE ${dataset} (id bigint PRIMARY KEY, updated_at timestamptz DEFAULT now())`);
  await other.query('BEGIN');
  await other.query(`INSERT INTO ${dataset} (id) VALUES (1)`);
  if (prepared) await other.query(`PREPARE TRANSACTION '${dataset}'`);
  await db.query('SELECT pg_sleep(0.3)'); // The age that is to be seen.
  await plan(contract({ dataset, columns: { id: 'bigint' }, load: { sequence } }));
  const [[named, seconds] = []] = held();
  expect(named).toBe(dataset);
  expect(seconds).toBeGreaterThanOrEqual(0.3);
  await other.query(prepared ? `ROLLBACK PREPARED '${dataset}'` : 'ROLLBACK');
});

test('from a minute on the log names the session, for whoever has to end it', () => {
  tellHeld('users', { upper: 'x', held: { pid: 4711, seconds: 59.9 } });
  expect(warned).toEqual([]);
  tellHeld('users', { upper: 'x', held: { pid: 4711, seconds: 60 } });
  expect(warned).toEqual([[expect.stringContaining('holds the watermark'), { dataset: 'users', pid: 4711, seconds: 60 }]]);
});
