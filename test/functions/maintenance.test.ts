import { expect, test } from '@jest/globals';
import { definitionsOf, goldIsBehind } from '../../functions/gold/gold-inputs.ts';
import { GOLD, type Unit, unitOf } from '../../functions/ledger/unit.ts';
import { MaintenancePlan } from '../../functions/maintenance/maintenance-plan.ts';
import { readJson, writeJson } from '../../functions/objects.ts';
import { planMaintenance } from '../../functions/plan-maintenance/plan-maintenance.ts';
import { recordMaintenance } from '../../functions/record-maintenance/record-maintenance.ts';
import { contract } from './contracts.ts';
import { runningExecution } from './executions.ts';
import { env, ledger, makeServices, servicesFor } from './services.ts';

makeServices();
const services = servicesFor(['users', 'orders', 'stock'].map((dataset) => contract({ dataset, columns: { id: 'text' } })));
services.contracts.gold = { dim_users: { table: 'dim_users', version: '1', description: '', grain: [], columns: [], partitioning: [] } };

async function committed(
  unit: Unit,
  set: { silverVersion: number } | { inputs: Record<string, number>; definitions?: string },
): Promise<void> {
  const { seq, token } = (await ledger.takeLease(unit, 'loader')) ?? { seq: 0, token: 0 };
  await ledger.recordOpen(unit, { seq: seq + 1, token, plan: 'plan', mode: 'incremental', execution: 'loader', at: 'now' });
  await ledger.recordCommit({ unit, seq: seq + 1, token, watermarkBefore: undefined, set, outcome: {}, at: 'now' });
}

const leases = async () =>
  Promise.all([...['users', 'orders', 'stock'].map(unitOf), GOLD].map(async (unit) => (await ledger.head(unit)).lease?.owner));
const files = { files: 3, smallFiles: 3, bytes: 300 };
const packed = (version: number, sameRowsAs?: number) => ({
  status: 'ok',
  seconds: 1,
  version,
  sameRowsAs,
  before: files,
  after: { ...files, smallFiles: 0 },
});
let runs = 0;
const request = async (datasets?: string[]) => ({
  run: `maintain-${++runs}`,
  executionArn: await runningExecution(),
  request: { datasets },
});

test('what a run holds and what has an open batch is left out by name; the rest moves on to the packed versions, Gold with it', async () => {
  await committed(unitOf('users'), { silverVersion: 4 });
  await committed(unitOf('orders'), { silverVersion: 7 });
  await committed(GOLD, { inputs: { users: 4, orders: 6 } });
  const loading = await runningExecution();
  await ledger.takeLease(unitOf('stock'), loading);

  const asked = await request();
  const { plan, tables, leftOut } = await planMaintenance(services, asked);
  expect({ tables, leftOut }).toEqual({
    tables: 7,
    leftOut: [{ dataset: 'stock', error: 'DatasetBusy', cause: expect.stringContaining(loading) }],
  });
  expect(await readJson(plan, MaintenancePlan)).toMatchObject({
    tables: ['bronze.users', 'silver.users', 'quarantine.users', 'bronze.orders', 'silver.orders', 'quarantine.orders', 'gold.dim_users'],
    pinned: { users: 4, orders: 7 },
    vacuumHours: 720,
  });
  expect(await leases()).toEqual([asked.executionArn, asked.executionArn, loading, asked.executionArn]);

  const results = `s3://${env.LAKE_BUCKET}/runs/${asked.run}/results/maintain.json`;
  const failed = { status: 'failed', seconds: 1, error: 'SomeError', cause: 'why' };
  await writeJson(results, {
    run: asked.run,
    tables: { 'silver.users': packed(5, 4), 'silver.orders': packed(8, 7), 'gold.dim_users': failed },
  });
  const recorded = { maintained: 2, failed: [{ dataset: 'gold.dim_users', error: 'SomeError', cause: 'why' }] };
  expect(await recordMaintenance(ledger, plan)).toEqual(recorded);
  const versions = async () => [
    ...(await Promise.all(['users', 'orders'].map(async (dataset) => (await ledger.head(unitOf(dataset))).silverVersion))),
    (await ledger.head(GOLD)).inputs,
  ];
  // Gold had the users and not yet the orders: the latter it still has to build.
  expect(await versions()).toEqual([5, 8, { users: 5, orders: 6 }]);
  expect(await leases()).toEqual([undefined, undefined, loading, undefined]);

  // A repeat after a later run has taken the users finds nothing to do.
  await committed(unitOf('users'), { silverVersion: 6 });
  expect(await recordMaintenance(ledger, plan)).toEqual(recorded);
  expect(await versions()).toEqual([6, 8, { users: 5, orders: 6 }]);
});

test('one dataset by name: its tables alone, and Gold that has it is not behind afterwards', async () => {
  await committed(GOLD, { inputs: { users: 6, orders: 8 }, definitions: definitionsOf(services.contracts.gold) });
  expect(await goldIsBehind(ledger, services.contracts)).toBe(false);
  const asked = await request(['orders']);
  const { plan, tables } = await planMaintenance(services, asked);
  expect(tables).toBe(3);
  await writeJson(`s3://${env.LAKE_BUCKET}/runs/${asked.run}/results/maintain.json`, {
    run: asked.run,
    tables: { 'silver.orders': packed(9, 8) },
  });
  await recordMaintenance(ledger, plan);
  expect((await ledger.head(unitOf('orders'))).silverVersion).toBe(9);
  expect(await goldIsBehind(ledger, services.contracts)).toBe(false);
});

test('an open batch is its run’s: BatchOpen, and the dataset is not held', async () => {
  const { token } = (await ledger.takeLease(unitOf('users'), 'loader')) ?? { token: 0 };
  const { seq } = await ledger.head(unitOf('users'));
  await ledger.recordOpen(unitOf('users'), { seq: seq + 1, token, plan: 'plan', mode: 'incremental', execution: 'loader', at: 'now' });
  await ledger.release(unitOf('users'), token);
  const { tables, leftOut } = await planMaintenance(services, await request(['users']));
  expect({ tables, leftOut: leftOut.map(({ error }) => error) }).toEqual({ tables: 0, leftOut: ['BatchOpen'] });
  expect((await ledger.head(unitOf('users'))).lease).toBeUndefined();
});

test('a step that ended well and left no results is ResultsMissing; a dataset without a contract is ContractInvalid', async () => {
  const { plan } = await planMaintenance(services, await request(['orders']));
  await expect(recordMaintenance(ledger, plan)).rejects.toMatchObject({ code: 'ResultsMissing' });
  await expect(planMaintenance(services, await request(['nobody']))).rejects.toMatchObject({ code: 'ContractInvalid' });
});
