import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { DeleteCommand, GetCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, expect, jest, test } from '@jest/globals';
import type pg from 'pg';
import { ledgerClient } from '../../../functions/aws/dynamodb.ts';
import { s3 } from '../../../functions/aws/s3.ts';
import { BatchPlan } from '../../../functions/batch/batch-plan.ts';
import { planOf } from '../../../functions/batch/layout.ts';
import type { Contract } from '../../../functions/contract/contract.ts';
import { batchKey, unitOf } from '../../../functions/ledger/unit.ts';
import { addressOf, readJson } from '../../../functions/objects.ts';
import { openBatch } from '../../../functions/plan/open-batch.ts';
import { routeResults } from '../../../functions/route-results/route-results.ts';
import { resultsOf, runFolder } from '../../../functions/run/addresses.ts';
import { contract } from '../contracts.ts';
import { runningExecution, stopExecution } from '../executions.ts';
import { LEDGER_TABLE } from '../ledger-table.ts';
import { PostgresDatabase } from '../postgres-database.ts';
import { env, ledger, makeServices, servicesFor } from '../services.ts';
import { silverVersion } from '../silver-version.ts';

makeServices();
const database = new PostgresDatabase();
let db: pg.Client;
beforeAll(async () => {
  db = await database.connect();
});

async function table(dataset: string): Promise<Contract> {
  await db.query(`CREATE TABLE ${dataset} (id bigint PRIMARY KEY, updated_at timestamptz(6) DEFAULT now())`);
  await db.query(`INSERT INTO ${dataset} VALUES (1)`);
  return contract({ dataset, columns: { id: 'bigint', updated_at: 'timestamptz' } });
}
const run = async () => ({ run: 'run', executionArn: await runningExecution(), startedAt: '2026-05-01T12:00:00Z' });
const open = async (of: Contract, by?: Awaited<ReturnType<typeof run>>, abandon = false) =>
  openBatch(servicesFor([of]), of, by ?? (await run()), { mode: 'incremental', abandon });
/** What the state machine writes when a batch does not land. */
const landingFails = (execution: string, dataset: string, error: string) =>
  routeResults({
    run: runOf(execution),
    results: resultsOf(runFolder(`s3://${env.LAKE_BUCKET}`, runOf(execution))),
    layer: 'landing',
    landed: [{ dataset, status: 'failed', error, cause: 'told at the time' }],
  });
const runOf = (execution: string) => execution.split(':').at(-1) ?? '';
const folderOf = ({ dataset }: Contract, seq: number) =>
  `s3://${env.LANDING_BUCKETS.postgres}/${dataset}/batch=${String(seq).padStart(10, '0')}`;
const storedPlan = (of: Contract, seq: number) => readJson(planOf(folderOf(of, seq)), BatchPlan);
const batch = async (of: Contract, seq: number) =>
  (await ledgerClient.send(new GetCommand({ TableName: LEDGER_TABLE, Key: { pk: unitOf(of.dataset), sk: batchKey(seq) } }))).Item;

async function commit(of: Contract, seq: number, token: number): Promise<void> {
  const plan = await storedPlan(of, seq);
  const unit = unitOf(of.dataset);
  await ledger.recordCommit({
    unit,
    seq,
    token,
    watermarkBefore: (await ledger.head(unit)).watermark,
    set: { watermark: JSON.stringify(plan?.watermark), receipt: { seq, hash: 'hash' }, observedAt: '2026-05-01T11:00:00Z' },
    outcome: {},
    at: '2026-05-01T12:30:00Z',
  });
}

test('a first batch gets number 1, its plan at its place, and the ledger says where and whose it is', async () => {
  const users = await table('first');
  const by = await run();
  const opened = await open(users, by);
  expect(opened).toEqual({
    planned: {
      dataset: 'first',
      source: 'postgres',
      seq: 1,
      token: 1,
      epoch: 0,
      after: null,
      landing: folderOf(users, 1),
      manifest: `${folderOf(users, 1)}/_manifest.json`,
      chunks: 1,
      plannedAt: '2026-05-01T12:00:00.000Z',
      resumed: false,
    },
    chunkIds: ['rows-0001'],
  });
  expect(await storedPlan(users, 1)).toMatchObject({
    dataset: 'first',
    seq: 1,
    mode: 'incremental',
    plannedAt: '2026-05-01T12:00:00.000Z',
    contractVersion: '1.0.0',
  });
  expect(await batch(users, 1)).toMatchObject({
    state: 'open',
    plan: `${folderOf(users, 1)}/_plan.json`,
    executions: new Set([by.executionArn]),
  });
});

test('a batch that a stopped run left open goes on with the same plan, though the source has more by now', async () => {
  const users = await table('resumed');
  const first = await run();
  const opened = await open(users, first);
  const plan = await storedPlan(users, 1);
  await stopExecution(first.executionArn);
  await db.query('INSERT INTO resumed VALUES (2)');

  const second = await run();
  const again = await open(users, second);
  expect(again).toEqual({ ...opened, planned: { ...opened?.planned, token: 2, resumed: true } });
  expect(await storedPlan(users, 1)).toEqual(plan);
  expect((await batch(users, 1))?.executions).toEqual(new Set([first.executionArn, second.executionArn]));
});

test.each(['ColumnMissing', 'EmptySnapshot', 'OffsetLost'])(
  'a batch that did not land by %s is abandoned: the next run plans anew from the same watermark, under the next number',
  async (error) => {
    const dataset = `outdated_${error.toLowerCase()}`;
    const users = await table(dataset);
    const first = await run();
    await open(users, first);
    await landingFails(first.executionArn, dataset, error);
    await stopExecution(first.executionArn);
    await db.query(`INSERT INTO ${dataset} VALUES (2)`);

    const opened = await open(users);
    expect(opened?.planned).toMatchObject({ seq: 2, token: 2, resumed: false });
    expect(await batch(users, 1)).toMatchObject({ state: 'abandoned', reason: error, closedAt: '2026-05-01T12:00:00.000Z' });
    expect(await batch(users, 2)).toMatchObject({ state: 'open' });
    expect((await storedPlan(users, 2))?.bounds.lower).toEqual((await storedPlan(users, 1))?.bounds.lower);
    expect(await ledger.head(unitOf(dataset))).toMatchObject({ seq: 2, openSeq: 2 });
  },
);

test('a batch that did not land for a refused credential goes on with its plan once that is mended', async () => {
  const users = await table('refused');
  const first = await run();
  await open(users, first);
  await landingFails(first.executionArn, 'refused', 'CredentialRejected');
  await stopExecution(first.executionArn);
  expect((await open(users))?.planned).toMatchObject({ seq: 1, resumed: true });
});

test('an open batch is abandoned when a person asks for it', async () => {
  const users = await table('given_up');
  const first = await run();
  await open(users, first);
  await stopExecution(first.executionArn);
  expect((await open(users, await run(), true))?.planned).toMatchObject({ seq: 2, resumed: false });
  expect(await batch(users, 1)).toMatchObject({ state: 'abandoned', reason: 'as it was asked for' });
});

test('a batch that Silver has is not given up: not when a person asks for it, nor since landing is another by now', async () => {
  const users = await table('in_silver');
  const first = await run();
  await open(users, first);
  await silverVersion('in_silver', 0, { app: 'silver.in_silver/0', batch: 1 });
  await silverVersion('in_silver', 1, { maintenance: 'maintain' });
  await stopExecution(first.executionArn);
  await expect(open(users, await run(), true)).rejects.toMatchObject({ code: 'BatchInSilver', found: 'batch 1 in version 0 of Silver' });
  const head = await ledger.head(unitOf('in_silver'));
  expect([head.openSeq, head.lease]).toEqual([1, undefined]);
  await landingFails(first.executionArn, 'in_silver', 'ManifestMismatch');
  expect((await open(users))?.planned).toMatchObject({ seq: 1, resumed: true });
});

test('a batch is given up while Silver has only those before it', async () => {
  const users = await table('not_in_silver');
  const opened = await open(users);
  await silverVersion('not_in_silver', 0, { app: 'silver.not_in_silver/0', batch: 1 });
  await commit(users, 1, opened?.planned.token ?? 0);
  await db.query('INSERT INTO not_in_silver VALUES (2)');
  const second = await run();
  await open(users, second);
  await stopExecution(second.executionArn);
  expect((await open(users, await run(), true))?.planned).toMatchObject({ seq: 3, resumed: false });
});

test('a plan whose run died before it told the ledger is followed, not made anew', async () => {
  const users = await table('orphaned');
  const first = await run();
  await open(users, first);
  const plan = await storedPlan(users, 1);
  // As it would be had the run died between the two writes: the plan is there, the ledger knows no batch.
  await forget(users);
  await db.query('INSERT INTO orphaned VALUES (2)');

  const opened = await open(users);
  expect(opened?.planned).toMatchObject({ seq: 1, resumed: false });
  expect(await storedPlan(users, 1)).toEqual(plan);
});

test('nothing new: no batch, the lease is free, and the source counts as seen when it was asked', async () => {
  const users = await table('unchanged');
  const first = await open(users);
  await commit(users, 1, first?.planned.token ?? 0);
  expect(await open(users)).toBeUndefined();
  const head = await ledger.head(unitOf('unchanged'));
  expect(head).toMatchObject({ seq: 1, token: 2, observedAt: '2026-05-01T12:00:00.000Z' });
  expect([head.lease, head.openSeq]).toEqual([undefined, undefined]);
  expect(await storedPlan(users, 2)).toBeUndefined();
});

test('the batch after a commit begins where it ended', async () => {
  const users = await table('next');
  const first = await open(users);
  await commit(users, 1, first?.planned.token ?? 0);
  await db.query('INSERT INTO next VALUES (2)');
  expect((await open(users))?.planned.seq).toBe(2);
  expect((await storedPlan(users, 2))?.bounds.lower).toBe((await storedPlan(users, 1))?.bounds.upper);
});

test('a plan that fails leaves the lease free and the time of the source where it was', async () => {
  const missing = contract({ dataset: 'missing', columns: { id: 'bigint' } });
  await expect(open(missing)).rejects.toMatchObject({ code: 'TableMissing' });
  expect(await ledger.head(unitOf('missing'))).toEqual({ seq: 0, epoch: 0, token: 1 });
});

test('an open batch whose plan is gone is told by name, with the place, and is left open', async () => {
  const users = await table('lost');
  const first = await run();
  await open(users, first);
  await s3.send(new DeleteObjectCommand(addressOf(planOf(folderOf(users, 1)))));
  await stopExecution(first.executionArn);
  await expect(open(users)).rejects.toMatchObject({
    code: 'ObjectInvalid',
    dataset: 'lost',
    expected: expect.stringContaining(planOf(folderOf(users, 1))),
  });
  expect(await ledger.head(unitOf('lost'))).toMatchObject({ seq: 1, openSeq: 1 });
});

test('a commit that the source was not told of is confirmed by the next run', async () => {
  const users = await table('unconfirmed');
  const first = await open(users);
  await commit(users, 1, first?.planned.token ?? 0);
  expect((await ledger.head(unitOf('unconfirmed'))).confirmedSeq).toBeUndefined();
  await open(users);
  expect((await ledger.head(unitOf('unconfirmed'))).confirmedSeq).toBe(1);
});

const takeBack = async (of: Contract, rule?: string) => openBatch(servicesFor([of]), of, await run(), { mode: 'release', rule });

test('a release reads nothing of the source, leaves the watermark where it is, and says which rows it takes back', async () => {
  const users = await table('released');
  const first = await open(users);
  await commit(users, 1, first?.planned.token ?? 0);
  const { watermark } = await ledger.head(unitOf('released'));
  await db.query('INSERT INTO released VALUES (2)');
  expect((await takeBack(users, 'released.id.range'))?.planned).toMatchObject({ seq: 2, chunks: 0 });
  const plan = await storedPlan(users, 2);
  expect(plan).toMatchObject({ mode: 'release', complete: false, chunks: [], bounds: { upper: { batch: 1, rule: 'released.id.range' } } });
  expect(plan?.watermark).toEqual(JSON.parse(watermark ?? ''));
});

test('a release is refused by name while another batch is open, which stays open', async () => {
  const users = await table('occupied');
  const first = await run();
  await open(users, first);
  await stopExecution(first.executionArn);
  await expect(takeBack(users)).rejects.toMatchObject({ code: 'BatchOpen', remedy: expect.stringContaining('etl run --dataset occupied') });
  const head = await ledger.head(unitOf('occupied'));
  expect([head.openSeq, head.lease]).toEqual([1, undefined]);
});

test('of a dataset that was never loaded nothing can be taken back, and its source does not count as seen', async () => {
  const users = await table('untouched');
  expect(await takeBack(users)).toBeUndefined();
  expect(await ledger.head(unitOf('untouched'))).toEqual({ seq: 0, epoch: 0, token: 1 });
});

async function forget({ dataset }: Contract): Promise<void> {
  for (const sk of ['HEAD', batchKey(1)])
    await ledgerClient.send(new DeleteCommand({ TableName: LEDGER_TABLE, Key: { pk: unitOf(dataset), sk } }));
}

test('a failure goes on under its own name, even when the lease cannot be freed', async () => {
  const unreleased = jest.spyOn(ledger, 'release').mockRejectedValueOnce(new Error('the ledger is out of reach'));
  await expect(open(contract({ dataset: 'unreleased', columns: { id: 'bigint' } }))).rejects.toMatchObject({ code: 'TableMissing' });
  expect(unreleased).toHaveBeenCalledTimes(1);
  unreleased.mockRestore();
});
