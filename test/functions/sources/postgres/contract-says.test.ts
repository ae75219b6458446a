/** What a contract may say of a table beyond its columns: which rows, how often deletions are looked for; and what the stage says. */
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import type { BatchPlan } from '../../../../functions/batch/batch-plan.ts';
import { contract } from '../../contracts.ts';
import { PostgresDatabase } from '../../postgres-database.ts';
import { plan, planned } from '../planned.ts';
import { lines, source } from './batches.ts';

const database = new PostgresDatabase();
let db: pg.Client;
let other: pg.Client;
beforeAll(async () => {
  [db, other] = [await database.connect(), await database.connect()];
});
afterEach(() => {
  delete process.env.POSTGRES_SETTINGS;
});

async function table(dataset: string, load: object) {
  await db.query(`CREATE TABLE ${dataset} (id bigint PRIMARY KEY, country text, updated_at timestamptz DEFAULT now())`);
  await database.change(`INSERT INTO ${dataset} VALUES (1, 'CH'), (2, 'FR'), (3, 'CH'), (4, NULL)`);
  return contract({ dataset, columns: { id: 'bigint' }, schemaPolicy: 'discard', load });
}
const swiss = { rowFilter: "country = 'CH' OR country = 'LI'" };

test('only rows that the filter lets through come, and the keys are theirs alone', async () => {
  const users = await table('filtered', { ...swiss, deletions: true });
  const first = await planned(users);
  expect([await lines(users, first), await lines(users, first, 'keys')]).toEqual([
    ['1', '3'],
    ['1', '3'],
  ]);
  await database.change("INSERT INTO filtered VALUES (5, 'DE')");
  expect(await plan(users, first.watermark)).toBeUndefined();
});

test('a row that an update takes out of the filter is missing from the keys, as one that was deleted is', async () => {
  const users = await table('left_filter', { ...swiss, deletions: true });
  const first = await planned(users);
  await database.change("UPDATE left_filter SET country = 'FR' WHERE id = 3");
  const second = await planned(users, first.watermark);
  expect(await lines(users, second, 'keys')).toEqual(['1']);
  expect(await lines(users, second)).toEqual([]);
});

test('a filter that has changed reads the table from its beginning, since what it lets in now may be old', async () => {
  const users = await table('refiltered', swiss);
  const { watermark } = await planned(users);
  const wider = { ...users, load: { ...users.load, rowFilter: 'country IS NOT NULL' } };
  expect(await lines(wider, await planned(wider, watermark))).toEqual(['1', '2', '3']);
});

test('a snapshot and the pieces of a first load are filtered too', async () => {
  const whole = await table('whole_filtered', { ...swiss, mode: 'snapshot' });
  expect(await lines(whole, await planned(whole))).toEqual(['1', '3']);
  const pieces = { ...whole, load: { ...whole.load, mode: 'cursor' as const, chunkRows: 1 } };
  await db.query('ANALYZE whole_filtered');
  const found = await planned(pieces);
  expect(found.chunks.length).toBeGreaterThan(1);
  expect(await lines(pieces, found)).toEqual(['1', '3']);
});

test.each([
  ['country =', 'ContractInvalid'],
  ['id = country', 'ContractInvalid'],
  ['country', 'ContractInvalid'],
  ['no_such_column = 1', 'ColumnMissing'],
])('a filter %s is %s, before anything is read', async (rowFilter, code) => {
  const users = await table(`wrong_${rowFilter.replace(/\W+/g, '_')}`, { rowFilter });
  await expect(plan(users)).rejects.toMatchObject({ code, retry: 'never' });
});

test('deletions are looked for no more often than the contract says, and none is forgotten meanwhile', async () => {
  const users = await table('hourly', { deletions: true, deletionsEveryHours: 1 });
  const first = await planned(users);
  await database.change('DELETE FROM hourly WHERE id = 2');
  expect(await plan(users, first.watermark)).toBeUndefined();
  await database.change('UPDATE hourly SET updated_at = now() WHERE id = 1');
  const second = await planned(users, first.watermark);
  expect(second.chunks.map(({ role }) => role)).toEqual(['rows']);
  // As it is an hour later.
  const { rows } = await db.query<{ ago: string }>("SELECT ($1::timestamptz - interval '1 hour')::text AS ago", [
    (second.watermark as { keysAt: string }).keysAt,
  ]);
  const third = await planned(users, { ...(second.watermark as object), keysAt: rows[0]?.ago });
  expect(await lines(users, third, 'keys')).toEqual(['1', '3', '4']);
  expect(await plan(users, third.watermark)).toBeUndefined();
});

test('columns that the role may not read do not come along; one that the contract names is PermissionDenied', async () => {
  await db.query('CREATE TABLE salaries (id bigint PRIMARY KEY, name text, salary numeric, updated_at timestamptz DEFAULT now())');
  await db.query("INSERT INTO salaries VALUES (1, 'Ada', 100)");
  await db.query('REVOKE SELECT ON salaries FROM etl_reader');
  await db.query('GRANT SELECT (id, name, updated_at) ON salaries TO etl_reader');
  const people = contract({ dataset: 'salaries', columns: { id: 'bigint', updated_at: 'timestamptz' }, load: { deletions: true } });
  const found = await planned(people);
  expect(found.columns.map(({ name }) => name)).toEqual(['id', 'updated_at', 'name']);
  expect(await lines(people, found)).toEqual([expect.stringMatching(/^1,.*,Ada$/)]);
  const paid = contract({ dataset: 'salaries', columns: { id: 'bigint', salary: 'numeric', updated_at: 'timestamptz' } });
  await expect(plan(paid)).rejects.toMatchObject({ code: 'PermissionDenied' });
});

test('a table that is locked for longer than the stage lets a statement wait is SourceBusy', async () => {
  const users = await table('locked', {});
  process.env.POSTGRES_SETTINGS = JSON.stringify({ lockTimeoutSeconds: 1 });
  await other.query('BEGIN');
  await other.query('LOCK TABLE locked IN ACCESS EXCLUSIVE MODE');
  await expect(plan(users)).rejects.toMatchObject({ code: 'SourceBusy', retry: 'backoff', found: expect.stringContaining('lock timeout') });
  await other.query('ROLLBACK');
});

test('a statement that takes longer than the stage lets it is ended by the server', async () => {
  await db.query('CREATE VIEW slow AS SELECT 1::bigint AS id, now() AS updated_at FROM pg_sleep(30)');
  process.env.POSTGRES_SETTINGS = JSON.stringify({ statementTimeoutSeconds: 1 });
  const slow = contract({ dataset: 'slow', columns: { id: 'bigint' }, schemaPolicy: 'discard', load: { mode: 'snapshot' } });
  await expect(lines(slow, await planned(slow))).rejects.toMatchObject({
    code: 'SourceBusy',
    found: expect.stringContaining('statement timeout'),
  });
});

test('a statement of a plan may take no longer than the function that plans has, whatever the stage says; one of a read may', async () => {
  const tells = await table('limits', { rowFilter: "current_setting('statement_timeout') = '4min'" });
  const found = await planned(tells);
  expect(found.chunks).toHaveLength(1);
  expect(await lines(tells, found)).toEqual([]);
});

test('a session says in pg_stat_activity what it reads, of which batch and chunk', async () => {
  const users = await table('named', {});
  const found = { ...(await planned(users)), seq: 7 } as BatchPlan;
  const [chunk] = found.chunks;
  if (!chunk) throw new Error('expected a chunk');
  const stream = await source.read({
    contract: users,
    plan: found,
    chunk,
    landing: '',
    ticket: undefined,
    signal: new AbortController().signal,
  });
  if (stream.kind !== 'copy') throw new Error('expected a stream as of COPY');
  const { rows } = await db.query("SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'etl read named%'");
  expect(rows).toEqual([{ application_name: 'etl read named 7/rows-0001' }]);
  for await (const _ of stream.bytes);
  await stream.close();
});

test('settings of another form than the template gives are EnvironmentInvalid, and name what is wrong', async () => {
  process.env.POSTGRES_SETTINGS = '{"lockTimeoutSeconds": "long"}';
  await expect(plan(await table('missaid', {}))).rejects.toMatchObject({
    code: 'EnvironmentInvalid',
    found: expect.stringContaining('lockTimeoutSeconds'),
  });
});
