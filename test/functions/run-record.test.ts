import { expect, test } from '@jest/globals';
import { z } from 'zod';
import { readJson, writeJson } from '../../functions/objects.ts';
import type { RunPlan } from '../../functions/run/run-plan.ts';
import { type RunEnd, recordRun } from '../../functions/run/run-record.ts';
import { contract } from './contracts.ts';
import { env, makeServices, servicesFor } from './services.ts';

makeServices();
const names = ['users', 'orders', 'stock', 'busy', 'missing', 'quiet'];
const { contracts } = servicesFor(names.map((dataset) => contract({ dataset, columns: { id: 'text' } })));

/** A run over three batches, of which Silver took the first. */
async function planned(run: string): Promise<void> {
  const folder = `s3://${env.LAKE_BUCKET}/runs/${run}`;
  const batch = (dataset: string, seq: number) => {
    const places = { landing: '', manifest: '', chunks: 1, after: null, plannedAt: '2026-05-01T11:59:00.000Z', resumed: false };
    return { dataset, source: 'postgres' as const, seq, token: 1, epoch: 0, ...places };
  };
  await writeJson(`${folder}/plan.json`, {
    run,
    executionArn: `arn:${run}`,
    startedAt: '2026-05-01T12:00:00Z',
    mode: 'incremental',
    lake: `s3://${env.LAKE_BUCKET}`,
    contracts: env.CONTRACTS_URL,
    results: `${folder}/results`,
    datasets: [batch('users', 3), batch('orders', 8), batch('stock', 1)],
    leftOut: [{ dataset: 'busy', error: 'DatasetBusy', cause: '' }],
    failed: [{ dataset: 'missing', error: 'TableMissing', cause: '' }],
    unchanged: ['quiet'],
  } satisfies RunPlan);
  const outcomes = { read: 10, inserted: 7, updated: 0, unchanged: 0, superseded: 1, deleted: 0, quarantined: 2 };
  const quality = { completeness: 90, accuracy: 80, consistency: 100, timeliness: null, uniqueness: 100 };
  const silver = { users: { status: 'ok', seconds: 2.5, outcomes, quality } };
  await writeJson(`${folder}/results/bronze.json`, { layer: 'bronze', run, datasets: { users: { status: 'ok', seconds: 1.5 } } });
  await writeJson(`${folder}/results/silver.json`, { layer: 'silver', run, datasets: silver });
}
const end = (run: string, changes: Partial<RunEnd>): RunEnd => ({
  run,
  loaded: ['users'],
  failed: [],
  endedAt: new Date('2026-05-01T12:10:00.000Z'),
  ...changes,
});
const recorded = (run: string) =>
  readJson(`s3://${env.LAKE_BUCKET}/run-log/2026-05-01/${run}.json`, z.array(z.record(z.string(), z.unknown())));
const became = async (run: string) => (await recorded(run))?.map(({ dataset, status, error }) => [dataset, status, error]);

test('a run leaves a line for each dataset: what became of it, with the numbers of what was loaded', async () => {
  await planned('run-1');
  await recordRun(env, contracts, end('run-1', { failed: [{ dataset: 'orders', error: 'RuleFailed', cause: '' }] }));
  expect(await became('run-1')).toEqual([
    ['users', 'loaded', null],
    ['orders', 'failed', 'RuleFailed'],
    ['stock', 'stopped', null],
    ['missing', 'failed', 'TableMissing'],
    ['busy', 'left out', 'DatasetBusy'],
    ['quiet', 'unchanged', null],
  ]);
  const [users, orders] = (await recorded('run-1')) ?? [];
  expect(users).toEqual({
    ...{ run: 'run-1', dataset: 'users', source: 'postgres', mode: 'incremental', status: 'loaded', error: null, batch: 3 },
    ...{ planned_at: '2026-05-01T11:59:00.000Z', started_at: '2026-05-01T12:00:00Z', ended_at: '2026-05-01T12:10:00.000Z' },
    ...{ freshness_hours: 2, spark_seconds: 4, read: 10, quarantined: 2 },
    ...{ completeness: 90, accuracy: 80, consistency: 100, timeliness: null, uniqueness: 100 },
  });
  expect(orders).toMatchObject({ batch: 8, read: null, spark_seconds: null, completeness: null });
});

test('what failed as a whole failed each dataset that was not committed before', async () => {
  await planned('run-2');
  await recordRun(env, contracts, end('run-2', { failed: [{ dataset: '*', error: 'SilverFailed', cause: '' }] }));
  expect((await became('run-2'))?.slice(0, 3)).toEqual([
    ['users', 'loaded', null],
    ['orders', 'failed', 'SilverFailed'],
    ['stock', 'failed', 'SilverFailed'],
  ]);
});

test('the first record of a run stays, and a run without a plan leaves none', async () => {
  await planned('run-3');
  await recordRun(env, contracts, end('run-3', {}));
  await recordRun(env, contracts, end('run-3', { loaded: [] }));
  expect((await became('run-3'))?.[0]).toEqual(['users', 'loaded', null]);
  await recordRun(env, contracts, end('run-4', {}));
  expect(await recorded('run-4')).toBeUndefined();
});
