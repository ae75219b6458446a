import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startRun } from '../../cli/execution.ts';
import { GOLD } from '../../functions/ledger/unit.ts';
import { until } from '../until.ts';
import { type Progress, progressOf } from './batch-progress.ts';
import { commitsOf } from './delta-log.ts';
import { ExpectedLake, names } from './expected-lake.ts';
import { killProcessesOf } from './function-processes.ts';
import { withHangingCopy } from './held-back.ts';
import { ended } from './histories.ts';
import { loadedLake } from './lake.ts';
import { DATASETS } from './source-rows.ts';
import { type Place, stop, stoppedAt, untilFree } from './stop-execution.ts';

/** One of PostgreSQL and one of Snowflake, whose rows meet in Gold. */
const TWO = DATASETS.filter(({ name }) => ['customer_orders', 'users'].includes(name));

const lake = await loadedLake();
let expected: ExpectedLake;

beforeAll(async () => {
  expected = await ExpectedLake.ofPresentLake(lake);
}, 60_000);
afterAll(() => expected.close());

const LANDED = { inBronze: false, inSilver: false, open: true };
const IN_SILVER = { inBronze: true, inSilver: true, open: true };

describe('one batch, whose runs are stopped one after another', () => {
  beforeAll(() => changed(TWO), 60_000);

  test.each<[string, Place, Partial<Progress>]>([
    ['while the cluster starts', { state: 'StartCluster' }, LANDED],
    ['between landing and Bronze', { state: 'RouteLanding', throttled: { folder: 'route-results', from: 'Plan' } }, LANDED],
    ['in the step of Bronze', { state: 'Bronze' }, { inSilver: false, open: true }],
    ['between two layers', { state: 'RouteBronze', throttled: { folder: 'route-results', from: 'Bronze' } }, { ...LANDED, inBronze: true }],
    ['in the step of Gold', { state: 'Gold' }, { ...IN_SILVER, open: false }],
  ])(
    'stopped %s a run leaves no cluster and no lease',
    async (_when, place, progress) => {
      await stoppedAt(lake, { datasets: names(TWO) }, place);
      await expectFree(TWO, progress);
    },
    120_000,
  );

  test("stopped after Gold's commit and before the ledger's a run leaves no cluster and no lease", async () => {
    await stoppedAt(lake, { datasets: names(TWO) }, { state: 'CommitGold', throttled: { folder: 'commit', from: 'Gold' } });
    await expectFree(TWO, { ...IN_SILVER, open: false });
    const { seq, epoch, openSeq } = await lake.ledger.head(GOLD);
    expect(openSeq).toBe(seq);
    expect((await lake.deltaLog('gold', 'dim_users')).batches.get(`gold.dim_users/${epoch}`)).toBe(seq);
  }, 120_000);

  test('the run that is left alone ends with equal tables', () => resumed(TWO), 300_000);
});

test("a run stopped after Silver's commit and before the ledger's leaves no cluster and no lease, and the next one ends with equal tables", async () => {
  await changed(TWO);
  await stoppedAt(lake, { datasets: names(TWO) }, { state: 'EachCommit', throttled: { folder: 'commit', from: 'Plan' } });
  await expectFree(TWO, IN_SILVER);
  await resumed(TWO);
}, 300_000);

test('a run stopped in the middle of Silver, where some datasets are in and others are not, ends with equal tables of all', async () => {
  await changed(DATASETS);
  const before = await silverCommits();
  const executionArn = await startRun(lake.stage, {});
  await until('a first dataset to be in Silver', async () => (await silverCommits()).some((count, at) => count > (before[at] ?? 0)), 120);
  await stop(executionArn, 'Silver');
  await untilFree(lake, names(DATASETS));
  const progress = await Promise.all(names(DATASETS).map((dataset) => progressOf(lake, dataset)));
  expect(progress.filter(({ inSilver, open }) => inSilver && open).length).toBeGreaterThan(0);
  expect(progress.filter(({ inSilver, open }) => !inSilver && open).length).toBeGreaterThan(0);
  await resumed(DATASETS);
}, 300_000);

test('a run stopped while a chunk is read leaves no cluster and no lease, and the next one ends with equal tables', async () => {
  await changed(TWO);
  await withHangingCopy(lake.stage, async (hanging) => {
    const executionArn = await startRun(lake.stage, { datasets: names(TWO) });
    await hanging();
    await stop(executionArn, 'EachChunk');
  });
  await expectFree(TWO, LANDED);
  await resumed(TWO);
}, 300_000);

test('a function whose process is killed while it reads a chunk is tried again, and the run ends with equal tables', async () => {
  await changed(TWO);
  const executionArn = await withHangingCopy(lake.stage, async (hanging) => {
    const started = await startRun(lake.stage, { datasets: names(TWO) });
    const first = await hanging();
    expect(killProcessesOf(lake.stage, 'extract')).toBeGreaterThan(0);
    await hanging(first);
    return started;
  });
  expect(await ended(executionArn)).toMatchObject({ status: 'SUCCEEDED' });
  await expectEqual(TWO);
}, 300_000);

async function changed(datasets: typeof DATASETS): Promise<void> {
  lake.change();
  await expected.advance(datasets);
}

async function expectFree(datasets: typeof DATASETS, progress: Partial<Progress>): Promise<void> {
  await untilFree(lake, names(datasets));
  for (const { name } of datasets) expect({ name, ...(await progressOf(lake, name)) }).toMatchObject({ name, ...progress });
}

async function resumed(datasets: typeof DATASETS): Promise<void> {
  await lake.load({ datasets: names(datasets) });
  await expectEqual(datasets);
}

async function expectEqual(datasets: typeof DATASETS): Promise<void> {
  await expected.compare(names(datasets));
  const again = await lake.load({ datasets: names(datasets) });
  expect(again.datasets).toEqual(names(datasets).map((dataset) => ({ dataset, status: 'unchanged' })));
}

/** How many there are, by dataset. */
function silverCommits(): Promise<number[]> {
  const { lake: bucket } = lake.stage.names.buckets;
  return Promise.all(names(DATASETS).map(async (dataset) => (await commitsOf(bucket, `silver/${dataset}`)).length));
}
