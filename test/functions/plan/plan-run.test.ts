import { afterEach, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { z } from 'zod';
import type { Contract } from '../../../functions/contract/contract.ts';
import { GOLD, unitOf } from '../../../functions/ledger/unit.ts';
import { readJson } from '../../../functions/objects.ts';
import { planRun } from '../../../functions/plan/plan-run.ts';
import { RunPlan } from '../../../functions/run/run-plan.ts';
import { until } from '../../until.ts';
import { contract } from '../contracts.ts';
import { clusterOf, endedExecution, runningExecution } from '../executions.ts';
import { PostgresDatabase, putSecret } from '../postgres-database.ts';
import { env, ledger, makeServices, servicesFor } from '../services.ts';

makeServices();
const database = new PostgresDatabase();
let db: pg.Client;
beforeAll(async () => {
  db = await database.connect();
});
afterEach(() => putSecret(database.secret()));

async function table(dataset: string, rows = 1): Promise<Contract> {
  await db.query(`CREATE TABLE ${dataset} (id bigint PRIMARY KEY, updated_at timestamptz(6) DEFAULT now())`);
  await db.query(`INSERT INTO ${dataset} SELECT generate_series(1, ${rows})`);
  return contract({ dataset, columns: { id: 'bigint', updated_at: 'timestamptz' }, load: { deletions: true } });
}
let runs = 0;
const begin = async () => ({ run: `run-${++runs}`, executionArn: await runningExecution(), startedAt: '2026-05-01T12:00:00Z' });
const request = { mode: 'incremental', attempt: 0 } as const;
const storedPlan = ({ plan }: { plan: string }) => readJson(plan, RunPlan);

test('a run has what is new of each dataset, and its plan and lists of chunks are objects', async () => {
  const contracts = [await table('all_users'), await table('all_orders'), await table('all_empty', 0)];
  const run = await begin();
  const planned = await planRun(servicesFor(contracts), run, request);
  expect(planned).toMatchObject({ run: run.run, work: 'all', unchanged: [], failed: [], leftOut: [] });
  expect(planned.datasets.map(({ dataset, seq, chunks }) => [dataset, seq, chunks])).toEqual([
    ['all_users', 1, 2],
    ['all_orders', 1, 2],
    ['all_empty', 1, 1],
  ]);
  expect(await storedPlan(planned)).toMatchObject({
    ...run,
    lake: `s3://${env.LAKE_BUCKET}`,
    results: planned.results,
    contracts: env.CONTRACTS_URL,
  });
  const [source] = planned.sources;
  expect(source).toMatchObject({ source: 'postgres', concurrency: 4, chunks: { bucket: env.LAKE_BUCKET } });
  expect(await readJson(`s3://${env.LAKE_BUCKET}/${source?.chunks.key}`, z.unknown())).toEqual(
    [
      ['all_users', 'rows-0001'],
      ['all_users', 'keys-0001'],
      ['all_orders', 'rows-0001'],
      ['all_orders', 'keys-0001'],
      ['all_empty', 'keys-0001'],
    ].map(([dataset, chunk]) => ({ dataset, chunk, seq: 1, landing: `s3://${env.LANDING_BUCKETS.postgres}/${dataset}/batch=0000000001` })),
  );
});

test('a dataset that another run has is left out as DatasetBusy, and the others go on', async () => {
  const contracts = [await table('busy'), await table('free')];
  const holder = await runningExecution();
  await ledger.takeLease(unitOf('busy'), holder);
  const planned = await planRun(servicesFor(contracts), await begin(), request);
  expect(planned.datasets.map(({ dataset }) => dataset)).toEqual(['free']);
  expect(planned.leftOut).toEqual([{ dataset: 'busy', error: 'DatasetBusy', cause: expect.stringContaining(holder) }]);
  expect(planned.failed).toEqual([]);
});

test('a dataset that fails is named with its error and cause, its lease is free, and the others go on', async () => {
  const contracts = [contract({ dataset: 'broken', columns: { id: 'bigint' } }), await table('sound')];
  const planned = await planRun(servicesFor(contracts), await begin(), request);
  expect(planned.datasets.map(({ dataset }) => dataset)).toEqual(['sound']);
  expect(planned.failed).toEqual([{ dataset: 'broken', error: 'TableMissing', cause: expect.stringContaining('public.broken') }]);
  expect((await ledger.head(unitOf('broken'))).lease).toBeUndefined();
  expect(await storedPlan(planned)).toMatchObject({ failed: planned.failed });
});

test('a source that is out of reach for a moment is asked again, by the same run, before its datasets count as failed', async () => {
  const contracts = [await table('remote')];
  const run = await begin();
  await putSecret(database.secret({ port: 1 }));
  for (const attempt of [0, 1]) {
    await expect(planRun(servicesFor(contracts), run, { ...request, attempt })).rejects.toMatchObject({ code: 'SourceUnreachable' });
  }
  const planned = await planRun(servicesFor(contracts), run, { ...request, attempt: 2 });
  expect(planned.failed).toEqual([{ dataset: 'remote', error: 'SourceUnreachable', cause: expect.stringContaining('127.0.0.1:1') }]);
  await putSecret(database.secret());
  expect((await planRun(servicesFor(contracts), await begin(), request)).datasets).toHaveLength(1);
});

test('before a plan is tried again all that it had begun is over: nothing of it is still at work beside the next try', async () => {
  const contracts = [await table('stopping'), await table('slow')];
  const ended = await endedExecution();
  await clusterOf(ended);
  await ledger.takeLease(unitOf('stopping'), ended);
  await db.query('BEGIN');
  await db.query('LOCK TABLE slow IN ACCESS EXCLUSIVE MODE');
  const planning = planRun({ ...servicesFor(contracts), deadline: 0 }, await begin(), request).catch((error: unknown) => error);
  await until(
    'a query to wait for the lock on slow',
    async () => (await db.query("SELECT FROM pg_locks WHERE relation = 'slow'::regclass AND NOT granted")).rowCount === 1,
  );
  await db.query('ROLLBACK');
  expect(await planning).toMatchObject({ code: 'PreviousRunStopping' });
  expect((await ledger.head(unitOf('slow'))).openSeq).toBe(1);
});

test('a dataset whose plan takes longer than the function has is SourceBusy, its lease is free, and the others are loaded', async () => {
  const sound = await table('in_time');
  await db.query("CREATE VIEW endless AS SELECT 1::bigint AS id, timestamptz '2026-01-01' AS updated_at FROM pg_sleep(600)");
  const endless = contract({ dataset: 'endless', columns: { id: 'bigint', updated_at: 'timestamptz' } });
  const time = new AbortController();
  const planning = planRun({ ...servicesFor([endless, sound]), signal: time.signal }, await begin(), request);
  await until(
    'the plan to wait for the view',
    async () =>
      (await db.query(`SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE 'SELECT EXISTS%"endless"%'`)).rowCount ===
      1,
  );
  await until('the other dataset to be planned', async () => (await ledger.head(unitOf('in_time'))).openSeq === 1);
  time.abort();
  const planned = await planning;
  expect(planned.datasets.map(({ dataset }) => dataset)).toEqual(['in_time']);
  expect(planned.failed).toEqual([
    { dataset: 'endless', error: 'SourceBusy', cause: expect.stringContaining('an index made on the sequence') },
  ]);
  expect((await ledger.head(unitOf('endless'))).lease).toBeUndefined();
  expect(await storedPlan(planned)).toMatchObject({ failed: planned.failed });
});

test('with nothing new anywhere there is no work, and no cluster is needed', async () => {
  const planned = await planRun(servicesFor([]), await begin(), request);
  expect(planned).toMatchObject({ work: 'nothing', datasets: [], sources: [] });
});

test('a Gold model that is named is asked for, and no dataset with it; without mode full, or of no contract, it is refused', async () => {
  const services = servicesFor([await table('beside')]);
  services.contracts.gold.dim_users = {
    table: 'dim_users',
    version: '1.0.0',
    description: '',
    grain: [],
    columns: [],
    partitioning: [],
  };
  const planned = await planRun(services, await begin(), { mode: 'full', attempt: 0, datasets: ['gold.dim_users'] });
  expect(planned.datasets).toEqual([]);
  expect((await ledger.head(GOLD)).rebuild).toEqual(new Set(['dim_users']));
  await expect(planRun(services, await begin(), { ...request, datasets: ['gold.dim_users'] })).rejects.toMatchObject({
    code: 'InputInvalid',
    remedy: expect.stringContaining('--mode full'),
  });
  const unknown = planRun(services, await begin(), { mode: 'full', attempt: 0, datasets: ['gold.nothing'] });
  await expect(unknown).rejects.toMatchObject({ code: 'InputInvalid', expected: 'models of dim_users', found: 'nothing' });
});

test('a dataset that no contract names is refused before anything is taken, with the names there are', async () => {
  const contracts = [await table('known')];
  await expect(planRun(servicesFor(contracts), await begin(), { ...request, datasets: ['known', 'unknown'] })).rejects.toMatchObject({
    code: 'InputInvalid',
    expected: expect.stringContaining('known'),
    found: 'unknown',
  });
  expect((await ledger.head(unitOf('known'))).token).toBe(0);
});
