import { DeleteCommand } from '@aws-sdk/lib-dynamodb';
import { expect, test } from '@jest/globals';
import { ledgerClient } from '../../../functions/aws/dynamodb.ts';
import { BatchPlan } from '../../../functions/batch/batch-plan.ts';
import { batchFolder, planOf } from '../../../functions/batch/layout.ts';
import type { Contract } from '../../../functions/contract/contract.ts';
import { batchKey, unitOf } from '../../../functions/ledger/unit.ts';
import { readJson } from '../../../functions/objects.ts';
import { openBatch } from '../../../functions/plan/open-batch.ts';
import type { WhatToRestore } from '../../../functions/plan/restore-plan.ts';
import { contract } from '../contracts.ts';
import { runningExecution, stopExecution } from '../executions.ts';
import { LEDGER_TABLE } from '../ledger-table.ts';
import { env, ledger, makeServices, servicesFor } from '../services.ts';
import { silverVersion, tableVersion } from '../silver-version.ts';

makeServices();

/** A dataset with three batches, of which the second was given up, and the log of its Silver: each batch a version, maintenance between. */
async function loaded(dataset: string): Promise<Contract> {
  const unit = unitOf(dataset);
  for (const seq of [1, 2, 3]) {
    const token = (await ledger.takeLease(unit, `run ${seq}`))?.token ?? 0;
    await ledger.recordOpen(unit, { seq, token, plan: '', mode: 'incremental', execution: `run ${seq}`, at: '' });
    const commit = {
      unit,
      seq,
      token,
      watermarkBefore: seq === 1 ? undefined : '{}',
      set: { watermark: '{}', receipt: { seq, hash: '' } },
      outcome: {},
      at: '',
    };
    if (seq !== 2) await ledger.recordCommit(commit);
    else await ledger.recordAbandoned(unit, { seq, token, reason: 'for the test', at: '' });
    if (seq === 2) await ledger.release(unit, token);
  }
  await silverVersion(dataset, 0, { app: `silver.${dataset}/0`, batch: 1 }, '2026-05-01T10:00:00Z');
  await silverVersion(dataset, 1, { maintenance: 'maintain' }, '2026-05-01T11:00:00Z');
  await silverVersion(dataset, 2, { app: `silver.${dataset}/0`, batch: 3 }, '2026-05-01T12:00:00Z');
  return contract({ dataset, columns: { id: 'bigint' } });
}

const run = async (executionArn?: string) => ({
  run: 'run',
  executionArn: executionArn ?? (await runningExecution()),
  startedAt: '2026-05-01T12:00:00Z',
});
interface Said {
  by?: string;
  abandon?: boolean;
  layer?: WhatToRestore['layer'];
}
const restore = async (of: Contract, to: number | string, { by, abandon, layer = 'silver' }: Said = {}) =>
  openBatch(servicesFor([of]), of, await run(by), { mode: 'restore', restore: { layer, dataset: of.dataset, to }, abandon });
const planned = async (of: Contract, seq: number) => readJson(planOf(batchFolder(env, of.source, of.dataset, seq)), BatchPlan);

test.each([
  ['a version', 0, 0],
  ['a version that maintenance wrote', 1, 1],
  ['a time between two commits', '2026-05-01T11:59:59Z', 1],
  ['the time of a commit', '2026-05-01T10:00:00Z', 0],
])('%s: its last batch, and the committed ones since in order; nothing is read, and the watermark stays', async (what, to, version) => {
  const users = await loaded(what.replaceAll(' ', '_'));
  expect((await restore(users, to))?.planned).toMatchObject({ seq: 4, epoch: 4, after: 3, chunks: 0 });
  expect(await planned(users, 4)).toMatchObject({
    mode: 'restore',
    chunks: [],
    watermark: {},
    bounds: { upper: { layer: 'silver', version, after: 1, replay: [3] } },
  });
});

test.each([
  ['a version that is not there', 7],
  ['a time before the first', '2026-05-01T09:00:00Z'],
])('%s is refused by name, the lease is free, and no batch is open', async (what, to) => {
  const users = await loaded(`refused_${what.replaceAll(' ', '_')}`);
  await expect(restore(users, to)).rejects.toMatchObject({ code: 'VersionUnknown', found: 'versions 0 to 2' });
  const { openSeq, lease } = await ledger.head(unitOf(users.dataset));
  expect([openSeq, lease]).toEqual([undefined, undefined]);
});

test.each([
  ['the version of a batch', 1],
  ['a time when a batch stood', '2026-05-01T11:30:00Z'],
])('%s that was given up is refused: its rows came again with the one after it', async (what, to) => {
  const users = await loaded(`given_up_${what.replaceAll(' ', '_')}`);
  await silverVersion(users.dataset, 1, { app: `silver.${users.dataset}/0`, batch: 2 }, '2026-05-01T11:00:00Z');
  await expect(restore(users, to)).rejects.toMatchObject({ code: 'VersionUnknown', found: 'version 1, whose last batch, 2, was given up' });
  expect((await restore(users, 0))?.planned).toMatchObject({ seq: 4 });
  expect(await planned(users, 4)).toMatchObject({ bounds: { upper: { version: 0, after: 1, replay: [3] } } });
});

test('Bronze goes back to a batch that was given up, of which nobody reads the rows', async () => {
  const users = await loaded('given_up_in_bronze');
  await tableVersion('bronze/given_up_in_bronze', 0, { app: 'bronze.given_up_in_bronze/0', batch: 2 });
  expect((await restore(users, 0, { layer: 'bronze' }))?.planned).toMatchObject({ seq: 4 });
  expect(await planned(users, 4)).toMatchObject({ bounds: { upper: { layer: 'bronze', after: 2, replay: [3] } } });
});

test('a batch that the ledger does not know any more may be gone back to', async () => {
  const users = await loaded('unknown_batch');
  await ledgerClient.send(new DeleteCommand({ TableName: LEDGER_TABLE, Key: { pk: unitOf('unknown_batch'), sk: batchKey(1) } }));
  await restore(users, 0);
  expect(await planned(users, 4)).toMatchObject({ bounds: { upper: { version: 0, after: 1, replay: [3] } } });
});

test('a restore that its run planned twice is one, and to another version it waits for the one that is open', async () => {
  const users = await loaded('planned_twice');
  const execution = await runningExecution();
  await restore(users, 0, { by: execution });
  expect((await restore(users, 0, { by: execution }))?.planned).toMatchObject({ seq: 4, resumed: true });
  await stopExecution(execution);
  await expect(restore(users, 2)).rejects.toMatchObject({ code: 'BatchOpen' });
});

test('a restore is not given up for a run that loads, which goes on with it; for another restore it is, under a new epoch', async () => {
  const users = await loaded('half_done');
  const [first, second] = [await runningExecution(), await runningExecution()];
  await restore(users, 0, { by: first });
  await stopExecution(first);
  const load = async (abandon: boolean, by: string) =>
    openBatch(servicesFor([users]), users, await run(by), { mode: 'incremental', abandon });
  await expect(load(true, second)).rejects.toMatchObject({ code: 'RestoreOpen' });
  expect((await load(false, second))?.planned).toMatchObject({ seq: 4, epoch: 4, resumed: true });
  await stopExecution(second);
  expect((await restore(users, 2, { abandon: true }))?.planned).toMatchObject({ seq: 5, epoch: 5 });
  expect(await planned(users, 5)).toMatchObject({ bounds: { upper: { version: 2, after: 3, replay: [] } } });
});

test('a restore is not given up for one of another layer, which would leave its table without the batches that it has not taken again', async () => {
  const users = await loaded('other_layer');
  const first = await runningExecution();
  await restore(users, 0, { by: first });
  await stopExecution(first);
  const bronze = restore(users, 0, { layer: 'bronze', abandon: true });
  await expect(bronze).rejects.toMatchObject({ code: 'RestoreOpen', remedy: expect.stringContaining('--table silver.other_layer') });
  const { openSeq, lease } = await ledger.head(unitOf('other_layer'));
  expect([openSeq, lease]).toEqual([4, undefined]);
});

test('a restore that is refused gives up nothing', async () => {
  const users = await loaded('nothing_given_up');
  const first = await runningExecution();
  await restore(users, 0, { by: first });
  await stopExecution(first);
  await expect(restore(users, 7, { abandon: true })).rejects.toMatchObject({ code: 'VersionUnknown' });
  const { openSeq, lease } = await ledger.head(unitOf('nothing_given_up'));
  expect([openSeq, lease]).toEqual([4, undefined]);
});

test('a batch that Silver has is given up for a restore of Silver to a version before it, and to no other', async () => {
  const users = await loaded('taken');
  const first = await runningExecution();
  const { token, seq } = { token: (await ledger.takeLease(unitOf('taken'), first))?.token ?? 0, seq: 4 };
  await ledger.recordOpen(unitOf('taken'), { seq, token, plan: '', mode: 'incremental', execution: first, at: '' });
  await silverVersion('taken', 3, { app: 'silver.taken/0', batch: seq });
  await stopExecution(first);
  await expect(restore(users, 3, { abandon: true })).rejects.toMatchObject({ code: 'BatchInSilver' });
  expect((await restore(users, 2, { abandon: true }))?.planned).toMatchObject({ seq: 5, epoch: 5 });
  expect(await planned(users, 5)).toMatchObject({ bounds: { upper: { version: 2, after: 3, replay: [] } } });
});
