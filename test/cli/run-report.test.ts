import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { beforeAll, expect, test } from '@jest/globals';
import { runReport } from '../../cli/run-report.ts';
import { s3 } from '../../functions/aws/s3.ts';
import { writeJson } from '../../functions/objects.ts';
import type { PlannedDataset, RunPlan } from '../../functions/run/run-plan.ts';
import { stage } from './account-stage.ts';

const lake = `s3://${stage.names.buckets.lake}`;
beforeAll(() => s3.send(new CreateBucketCommand({ Bucket: stage.names.buckets.lake })));

const planned = (dataset: string, seq: number): PlannedDataset => ({
  dataset,
  seq,
  source: 'postgres',
  token: 1,
  epoch: 0,
  landing: 's3://landing',
  manifest: 's3://landing/_manifest.json',
  chunks: 1,
  plannedAt: '2026-01-02T00:00:01.000Z',
  after: null,
  resumed: false,
});

async function writePlan(run: string, plan: Partial<RunPlan>): Promise<string> {
  const results = `${lake}/runs/${run}/results`;
  await writeJson(`${lake}/runs/${run}/plan.json`, {
    run,
    executionArn: 'arn',
    startedAt: '2026-05-01T12:00:00Z',
    mode: 'incremental',
    lake,
    contracts: 's3://contracts',
    results,
    datasets: [],
    leftOut: [],
    failed: [],
    unchanged: [],
    ...plan,
  } satisfies RunPlan);
  return results;
}
const writeLayer = (results: string, layer: string, datasets: object) =>
  writeJson(`${results}/${layer}.json`, { layer, run: 'run', datasets });
const outcomes = { read: 10, inserted: 4, updated: 3, unchanged: 0, superseded: 1, deleted: 0, quarantined: 2 };

test('a run has one row a dataset, in the order of names, whatever became of it', async () => {
  const results = await writePlan('whole', {
    datasets: [planned('users', 3), planned('orders', 7), planned('stock', 2)],
    unchanged: ['sessions'],
    leftOut: [{ dataset: 'events', error: 'DatasetBusy', cause: 'held by another run' }],
    failed: [{ dataset: 'catalog', error: 'TableMissing', cause: 'no such table' }],
  });
  await writeLayer(results, 'landing', {
    users: { status: 'ok', seconds: 1 },
    orders: { status: 'ok', seconds: 1 },
    stock: { status: 'failed', error: 'EmptySnapshot', cause: 'empty' },
  });
  await writeLayer(results, 'bronze', {
    users: { status: 'ok', seconds: 2.5 },
    orders: { status: 'failed', seconds: 0.5, error: 'BatchOutOfOrder', cause: 'late' },
  });
  await writeLayer(results, 'silver', { users: { status: 'ok', seconds: 0.5, outcomes, deletedByAbsence: 6 } });
  expect((await runReport(stage, 'whole')).datasets).toEqual([
    { dataset: 'catalog', batch: undefined, status: 'failed', error: 'TableMissing', cause: 'no such table' },
    { dataset: 'events', batch: undefined, status: 'busy', error: 'DatasetBusy', cause: 'held by another run' },
    { dataset: 'orders', batch: 7, status: 'failed', seconds: 1.5, error: 'BatchOutOfOrder', cause: 'late' },
    { dataset: 'sessions', batch: undefined, status: 'unchanged' },
    { dataset: 'stock', batch: 2, status: 'failed', seconds: 0, error: 'EmptySnapshot', cause: 'empty' },
    { dataset: 'users', batch: 3, status: 'loaded', ...outcomes, removed: 6, seconds: 4 },
  ]);
});

test('a dataset that the run ended before is told as unfinished, not as loaded', async () => {
  const results = await writePlan('stopped', { datasets: [planned('users', 3)] });
  await writeLayer(results, 'landing', { users: { status: 'ok' } });
  await writeLayer(results, 'bronze', { users: { status: 'ok' } });
  expect((await runReport(stage, 'stopped')).datasets).toEqual([
    {
      dataset: 'users',
      batch: 3,
      status: 'failed',
      seconds: 0,
      error: 'Unfinished',
      cause: expect.stringContaining('the next run goes on with it'),
    },
  ]);
});

test('models are told as built, as unchanged, or with their error', async () => {
  const results = await writePlan('gold', {});
  await writeLayer(results, 'gold', {
    dim_users: { status: 'ok', rows: 5, seconds: 2 },
    dim_date: { status: 'ok', rows: 9, unchanged: true },
    fact_sales: { status: 'failed', error: 'SqlFailed', cause: 'no such column' },
  });
  expect((await runReport(stage, 'gold')).models).toEqual([
    { model: 'dim_users', status: 'built', rows: 5, seconds: 2 },
    { model: 'dim_date', status: 'unchanged', rows: 9, seconds: undefined },
    { model: 'fact_sales', status: 'SqlFailed', rows: undefined, seconds: undefined },
  ]);
});

test('a run that ended before it had a plan has an empty report', async () => {
  expect(await runReport(stage, 'none')).toEqual({ datasets: [], models: [] });
});
