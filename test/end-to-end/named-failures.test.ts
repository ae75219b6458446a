import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { ask } from '../../cli/athena.ts';
import { startRun } from '../../cli/execution.ts';
import { storeLaptopSecrets } from '../../cli/store-secrets.ts';
import { functionName } from '../../config/names.ts';
import { until } from '../until.ts';
import { markForDeletion, mistypePassword, nameDeadPort, restore } from './broken-secrets.ts';
import { etl } from './etl.ts';
import { ended, historyOf, statesEntered } from './histories.ts';
import { loadedLake } from './lake.ts';
import { asAdmin, connectAsAdmin } from './production-database.ts';

/** One of each way to fail, and `users`, which does not. */
const DATASETS = ['users', 'customer_orders', 'subscriptions', 'user_events', 'user_sessions'];

const lake = await loadedLake();

/** Begins before the first run and commits after it. */
let slow: pg.Client;

beforeAll(async () => {
  await asAdmin(
    lake.stage,
    "INSERT INTO users (user_id, first_name, country, city) VALUES ('USER-EARLY', 'Ida', 'NO', 'Bergen')",
    `INSERT INTO subscriptions (subscription_id, user_id, plan, status, price, currency, started_at)
     VALUES ('SUB-EARLY', 'USER-EARLY', 'pro', 'active', 29.00, 'NOK', '2024-03-01 00:00:00+00')`,
  );
  slow = await connectAsAdmin(lake.stage);
});
afterAll(async () => {
  await slow.end();
  await storeLaptopSecrets(lake.stage);
});

test('each dataset that fails is named with what to do, at once, and the others are loaded', async () => {
  const { stage } = lake;
  await slow.query('BEGIN');
  await slow.query("INSERT INTO users (user_id, first_name, country, city) VALUES ('USER-SLOW', 'Ada', 'NO', 'Oslo')");
  await mistypePassword(stage, 'kafka');
  await markForDeletion(stage, 'snowflake');
  await asAdmin(stage, 'ALTER TABLE subscriptions RENAME COLUMN plan TO tariff', 'ALTER TABLE user_sessions RENAME TO visits');

  const { code, output } = await etl(['--json', 'run', '--wait', '--dataset', ...DATASETS]);
  const run = JSON.parse(output);
  expect({ code, status: run.status, error: run.error }).toEqual({ code: 1, status: 'FAILED', error: 'FailedInPart' });
  const { failed, loaded, leftOut } = JSON.parse(run.cause);
  expect({ loaded, leftOut }).toEqual({ loaded: ['users'], leftOut: [] });
  expect(namesOf(failed)).toEqual({
    customer_orders: 'SecretMissing',
    subscriptions: 'ColumnMissing',
    user_events: 'CredentialRejected',
    user_sessions: 'TableMissing',
  });
  for (const { cause } of failed) expect(cause).toMatch(/expected .+; found .+\. To mend it: .+/);
  expect(await triesOf(run.execution, 'Plan')).toBe(1);
  expect(await citiesOf('USER-EARLY', 'USER-SLOW')).toEqual([['USER-EARLY', 'Bergen']]);
}, 300_000);

test('doctor finds the same, says what to do, and exits with 1', async () => {
  const { code, output } = await etl(['--json', 'doctor']);
  const findings: { check: string; ok: boolean; says: string }[] = JSON.parse(output);
  const bad = Object.fromEntries(findings.filter(({ ok }) => !ok).map(({ check, says }) => [check, says]));
  expect(code).toBe(1);
  expect(bad).toMatchObject({
    'snowflake: customer_orders': expect.stringContaining('restore-secret --secret-id etl/snowflake'),
    'postgres: subscriptions': expect.stringContaining('plan'),
    'kafka: user_events': expect.stringContaining('npx etl secrets set kafka'),
    'postgres: user_sessions': expect.stringContaining('physicalName'),
  });
  expect(findings).toContainEqual({ check: 'postgres: users', ok: true, says: expect.stringContaining('answers') });
}, 120_000);

test('an attempt of a chunk that comes after the batch was committed changes nothing', async () => {
  const landing = await lastBatchOf('users');
  const before = await versionsIn(landing);
  // What the chunk would read is another row by now.
  await asAdmin(lake.stage, "UPDATE users SET city = 'Molde' WHERE user_id = 'USER-EARLY'");
  const chunks = before.flatMap(({ key }) => /([^/]+)\.parquet$/.exec(key)?.[1] ?? []);
  expect(chunks).toContain('rows-0001');
  for (const chunk of chunks) expect(await extract(landing, chunk)).toMatchObject({ status: 'landed' });
  expect(await versionsIn(landing)).toEqual(before);
}, 120_000);

test('once mended all is loaded, with the transaction that began before the run and committed after it; meanwhile a dataset is one run’s alone', async () => {
  const { stage } = lake;
  await slow.query('COMMIT');
  await storeLaptopMended();
  await asAdmin(stage, 'ALTER TABLE subscriptions RENAME COLUMN tariff TO plan', 'ALTER TABLE visits RENAME TO user_sessions');

  const first = await startRun(stage, { datasets: DATASETS });
  await until('the first run to be planned', async () => (await statesEntered(first)).includes('StartCluster'));
  const [beside, refused] = await Promise.all([
    etl(['--json', 'run', '--wait', '--dataset', 'users', 'product_inventory']),
    etl(['--json', 'run', '--wait', '--dataset', 'users', 'subscriptions']),
  ]);
  expect(beside.code).toBe(0);
  expect(JSON.parse(beside.output).datasets).toEqual([
    { dataset: 'product_inventory', status: 'unchanged' },
    { dataset: 'users', status: 'busy', error: 'DatasetBusy', cause: expect.stringContaining(first) },
  ]);
  expect(refused.code).toBe(1);
  expect(JSON.parse(refused.output)).toMatchObject({ status: 'FAILED', error: 'DatasetBusy' });

  expect(await ended(first)).toMatchObject({ status: 'SUCCEEDED' });
  expect(await citiesOf('USER-EARLY', 'USER-SLOW')).toEqual([
    ['USER-EARLY', 'Molde'],
    ['USER-SLOW', 'Oslo'],
  ]);
  const { rows } = await ask(stage, "SELECT status, plan FROM silver.subscriptions WHERE subscription_id = 'SUB-EARLY'");
  expect(rows).toEqual([['active', 'pro']]);
}, 300_000);

test('a host out of reach is tried again, then named', async () => {
  await nameDeadPort(lake.stage);
  const run = await lake.run({ datasets: ['subscriptions'] });
  await storeLaptopSecrets(lake.stage);
  expect(run).toMatchObject({ status: 'FAILED', error: 'SourceUnreachable' });
  const { failed } = JSON.parse(run.cause ?? '');
  expect(failed).toEqual([
    { dataset: 'subscriptions', error: 'SourceUnreachable', cause: expect.stringContaining('expected PostgreSQL to answer') },
  ]);
  expect(await triesOf(run.execution, 'Plan')).toBe(3);
}, 120_000);

test('a run of which no dataset gets through Silver names why and builds nothing; once the rows are back the batch is given up', async () => {
  await asAdmin(lake.stage, 'CREATE TABLE gone AS SELECT * FROM subscriptions', 'DELETE FROM subscriptions');
  const run = await lake.run({ datasets: ['subscriptions'] });
  expect(run).toMatchObject({ status: 'FAILED', error: 'MassDeletion' });
  expect(JSON.parse(run.cause ?? '').failed).toEqual([
    { dataset: 'subscriptions', error: 'MassDeletion', cause: expect.stringContaining('maxDeleteShare') },
  ]);
  expect(await statesEntered(run.execution)).not.toContain('Gold');
  await asAdmin(lake.stage, 'INSERT INTO subscriptions SELECT * FROM gone', 'DROP TABLE gone');
  expect(await lake.run({ datasets: ['subscriptions'], abandon: true })).toMatchObject({ status: 'SUCCEEDED' });
}, 120_000);

async function storeLaptopMended(): Promise<void> {
  await restore(lake.stage, 'snowflake');
  await storeLaptopSecrets(lake.stage);
}

function namesOf(failed: { dataset: string; error: string }[]): Record<string, string> {
  return Object.fromEntries(failed.map(({ dataset, error }) => [dataset, error]));
}

/** How often the function of a state was called. */
async function triesOf(execution: string, state: string): Promise<number> {
  const events = await historyOf(execution);
  const from = events.findIndex(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name === state);
  const to = events.findIndex(({ stateExitedEventDetails }) => stateExitedEventDetails?.name === state);
  return events.slice(from, to).filter(({ type }) => type === 'TaskScheduled' || type === 'LambdaFunctionScheduled').length;
}

async function citiesOf(...users: string[]): Promise<unknown[]> {
  const list = users.map((user) => `'${user}'`).join(', ');
  return (await ask(lake.stage, `SELECT user_id, city FROM silver.users WHERE user_id IN (${list}) AND is_current ORDER BY user_id`)).rows;
}

async function lastBatchOf(dataset: string): Promise<string> {
  const versions = await versionsIn(`s3://${lake.stage.names.buckets.internal}/${dataset}/`);
  const batches = versions.flatMap(({ key }) => /^.*\/batch=\d+/.exec(key)?.[0] ?? []).sort();
  return `s3://${lake.stage.names.buckets.internal}/${batches.at(-1)}`;
}

async function versionsIn(folder: string): Promise<{ key: string; version: string }[]> {
  const { hostname: Bucket, pathname } = new URL(folder);
  const { Versions = [] } = await new S3Client({ forcePathStyle: true }).send(
    new ListObjectVersionsCommand({ Bucket, Prefix: pathname.slice(1) }),
  );
  return Versions.map(({ Key = '', VersionId = '' }) => ({ key: Key, version: VersionId }));
}

async function extract(landing: string, chunk: string): Promise<unknown> {
  const seq = Number(/batch=(\d+)$/.exec(landing)?.[1]);
  const input = { run: 'an-older-run', dataset: 'users', seq, chunk, landing };
  const { Payload } = await new LambdaClient({}).send(
    new InvokeCommand({ FunctionName: functionName('extract'), Payload: JSON.stringify(input) }),
  );
  return JSON.parse(Payload?.transformToString() ?? '');
}
