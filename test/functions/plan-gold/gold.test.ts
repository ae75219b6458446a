import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { commitGold } from '../../../functions/commit/commit-gold.ts';
import { goldIsBehind } from '../../../functions/gold/gold-inputs.ts';
import { GOLD, type Unit, unitOf } from '../../../functions/ledger/unit.ts';
import { readJson, writeJson } from '../../../functions/objects.ts';
import type { PlanServices } from '../../../functions/plan/services.ts';
import { planGold } from '../../../functions/plan-gold/plan-gold.ts';
import type { RunPlan } from '../../../functions/run/run-plan.ts';
import { contract } from '../contracts.ts';
import { runningExecution, stopExecution } from '../executions.ts';
import { env, ledger, makeServices, servicesFor } from '../services.ts';

makeServices();
const services = servicesFor([
  contract({ dataset: 'users', columns: { id: 'text' } }),
  contract({ dataset: 'orders', columns: { id: 'text' } }),
]);

/** Silver moves on: a batch of a dataset is committed with this version of its table. */
async function silver(dataset: string, version: number): Promise<void> {
  const unit: Unit = unitOf(dataset);
  const { seq, token } = (await ledger.takeLease(unit, 'loader')) ?? { seq: 0, token: 0 };
  await ledger.recordOpen(unit, { seq: seq + 1, token, plan: 'plan', mode: 'incremental', execution: 'loader', at: 'now' });
  await ledger.recordCommit({
    unit,
    seq: seq + 1,
    token,
    watermarkBefore: undefined,
    set: { silverVersion: version },
    outcome: {},
    at: 'now',
  });
}
let runs = 0;
const begin = async (contracts = env.CONTRACTS_URL) => {
  const run = `run-${++runs}`;
  const executionArn = await runningExecution();
  const folder = `s3://${env.LAKE_BUCKET}/runs/${run}`;
  const about = { run, executionArn, startedAt: '2026-05-01T12:00:00Z', mode: 'incremental', lake: `s3://${env.LAKE_BUCKET}` } as const;
  const nothing = { datasets: [], leftOut: [], failed: [], unchanged: [] };
  await writeJson(`${folder}/plan.json`, { ...about, contracts, results: `${folder}/results`, ...nothing } satisfies RunPlan);
  return { run, executionArn, results: `${folder}/results` };
};
/** As `services`, deployed with this SQL of a model. */
const withModel = (sql: string): PlanServices => ({
  ...services,
  contracts: {
    ...services.contracts,
    gold: { dim_users: { table: 'dim_users', version: '1.0.0', description: '', grain: [], columns: [], partitioning: [], sql } },
  },
});
type Planned = Awaited<ReturnType<typeof planGold>>;
async function commit(planned: Planned, results: string, models: object = { dim_users: { status: 'ok' } }, deployed = services) {
  if (!planned.build) throw new Error('expected a build');
  await writeJson(`${results}/gold.json`, { layer: 'gold', run: 'run', datasets: models });
  return commitGold(deployed, { ...planned, results });
}

test('Gold from its first build on: pinned, resumed, committed, left alone while nothing is new, built again when Silver moves', async () => {
  const first = await begin();
  expect(await planGold(services, first)).toEqual({ build: false, why: 'Gold has all of Silver' });
  expect((await ledger.head(GOLD)).lease).toBeUndefined();

  // The first build pins what Silver has: no version of what was never loaded.
  await silver('users', 4);
  const planned = await planGold(services, first);
  expect(planned).toEqual({ build: true, n: 1, token: 2, plan: `s3://${env.LAKE_BUCKET}/gold-plans/0000000001.json` });
  expect(await readJson(`s3://${env.LAKE_BUCKET}/gold-plans/0000000001.json`, z.unknown())).toEqual({
    n: 1,
    inputs: { users: { version: 4 } },
    definitions: expect.any(String),
    whole: [],
  });
  expect(await readJson(`${first.results}/plan-gold.json`, z.unknown())).toEqual({
    n: 1,
    epoch: 0,
    plan: `s3://${env.LAKE_BUCKET}/gold-plans/0000000001.json`,
  });

  // A run beside it leaves Gold to its holder.
  const beside = await begin();
  expect(await planGold(services, beside)).toEqual({ build: false, why: expect.stringContaining('another run') });

  // The holder is stopped while Silver moves on: the build goes on with the versions that were pinned.
  await stopExecution(first.executionArn);
  await silver('users', 5);
  await silver('orders', 9);
  const resumed = await planGold(services, beside);
  expect(resumed).toEqual({ ...planned, token: 3 });
  expect(await readJson(`s3://${env.LAKE_BUCKET}/gold-plans/0000000001.json`, z.unknown())).toEqual({
    n: 1,
    inputs: { users: { version: 4 } },
    definitions: expect.any(String),
    whole: [],
  });

  // Who commits it is told that there is more, so that what others left to it is built before it ends.
  expect(await commit(resumed, beside.results)).toEqual({ n: 1, models: ['dim_users'], again: true });
  expect(await ledger.head(GOLD)).toMatchObject({ seq: 1, inputs: { users: 4 } });
  const again = await planGold(services, beside);
  expect(again).toMatchObject({ build: true, n: 2 });
  expect(await commit(again, beside.results)).toMatchObject({ again: false });
  expect(await ledger.head(GOLD)).toMatchObject({ seq: 2, inputs: { users: 5, orders: 9 } });
  expect(await goldIsBehind(ledger, services.contracts)).toBe(false);
});

test('a build with a model that failed is LayerFailed, names it, frees Gold, and the next build has what Silver has by then', async () => {
  await silver('users', 6);
  const run = await begin();
  const planned = await planGold(services, run);
  const models = { dim_users: { status: 'ok' }, fact_sales: { status: 'failed', error: 'SqlFailed', cause: 'no such column' } };
  await expect(commit(planned, run.results, models)).rejects.toMatchObject({
    code: 'LayerFailed',
    found: 'fact_sales: SqlFailed: no such column',
  });
  const head = await ledger.head(GOLD);
  expect([head.lease, head.openSeq, head.inputs]).toEqual([undefined, undefined, { users: 5, orders: 9 }]);
  expect(await ledger.batch(GOLD, 3)).toMatchObject({ state: 'abandoned' });
  expect(await goldIsBehind(ledger, services.contracts)).toBe(true);

  // The rows that a model could not take are mended in the source, and a person wants another made anew.
  await silver('users', 7);
  await ledger.requestRebuild(['dim_users']);
  const next = await begin();
  const mended = await planGold(services, next);
  if (!mended.build) throw new Error('expected a build');
  expect(await readJson(mended.plan, z.unknown())).toMatchObject({ n: 4, inputs: { users: { version: 7 } }, whole: ['dim_users'] });
  await commit(mended, next.results);
  expect(await ledger.head(GOLD)).toMatchObject({ seq: 4, inputs: { users: 7, orders: 9 } });
});

test('Gold is behind when a model has changed, and no more once a build has it', async () => {
  const changed = withModel('another');
  expect(await goldIsBehind(ledger, services.contracts)).toBe(false);
  expect(await goldIsBehind(ledger, changed.contracts)).toBe(true);
  const run = await begin();
  await commit(await planGold(changed, run), run.results);
  expect(await goldIsBehind(ledger, changed.contracts)).toBe(false);
});

test('a build whose run was planned before a deployment leaves Gold behind for the next run, which has the models as they are now', async () => {
  const changed = withModel('a third');
  const before = await begin('s3://contracts/the-ones-before.json');
  const planned = await planGold(changed, before);
  expect(await commit(planned, before.results, { dim_users: { status: 'ok' } }, changed)).toMatchObject({ again: false });
  expect(await goldIsBehind(ledger, changed.contracts)).toBe(true);
  const after = await begin();
  await commit(await planGold(changed, after), after.results);
  expect(await goldIsBehind(ledger, changed.contracts)).toBe(false);
});

test('models that are asked for make Gold behind until a build has made them whole, and one that was open before is not taken for it', async () => {
  const third = withModel('a third');
  await silver('users', 8);
  const open = await begin();
  const planned = await planGold(third, open);
  await ledger.requestRebuild(['dim_users']);
  await ledger.requestRebuild(['dim_users', 'fact_sales']);
  await commit(planned, open.results);
  expect(await goldIsBehind(ledger, third.contracts)).toBe(true);
  const asked = await planGold(third, open);
  if (!asked.build) throw new Error('expected a build');
  expect(await readJson(asked.plan, z.unknown())).toMatchObject({ whole: ['dim_users', 'fact_sales'] });
  await ledger.requestRebuild(['dim_date']);
  await commit(asked, open.results);
  expect((await ledger.head(GOLD)).rebuild).toEqual(new Set(['dim_date']));
  await commit(await planGold(third, open), open.results);
  expect((await ledger.head(GOLD)).rebuild).toBeUndefined();
  expect(await goldIsBehind(ledger, third.contracts)).toBe(false);
});

test('a build without results is LayerFailed too, and goes on as it was planned', async () => {
  await silver('users', 9);
  const run = await begin();
  const planned = await planGold(services, run);
  await expect(commit(planned, run.results, {})).rejects.toMatchObject({ code: 'LayerFailed', found: 'no results' });
  await silver('users', 10);
  expect(await planGold(services, await begin())).toEqual({ ...planned, token: expect.any(Number) });
});
