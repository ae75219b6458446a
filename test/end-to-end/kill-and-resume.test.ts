import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ExpectedLake } from './expected-lake.ts';
import { Lake } from './lake.ts';
import { DATASETS } from './source-rows.ts';
import { stoppedAt, untilFree } from './stop-execution.ts';

/** One of PostgreSQL and one of Snowflake, whose rows meet in Gold. */
const datasets = ['customer_orders', 'users'];

let lake: Lake;

beforeAll(async () => {
  lake = await Lake.open();
  await lake.load();
}, 300_000);
afterAll(() => lake.close());

/** Every state is the last thing that was seen of the run before it was stopped: its own work may be done, half done or not begun. */
test.each([
  ['while the cluster starts', 'StartCluster'],
  ['during extraction', 'EachChunk'],
  ['between landing and Bronze', 'RouteLanding'],
  ['in the step of Bronze', 'Bronze'],
  ['between two layers', 'RouteBronze'],
  ['in the step of Silver', 'Silver'],
  ["after Silver's commit and before the ledger's", 'EachCommit'],
  ['in the step of Gold', 'Gold'],
  ["after Gold's commit and before the ledger's", 'CommitGold'],
])(
  'a run stopped %s leaves no cluster and no lease, and the next one ends with equal tables',
  async (_when, state) => {
    const expected = await ExpectedLake.ofPresentLake(lake);
    lake.change();
    await expected.advance(DATASETS.filter(({ name }) => datasets.includes(name)));
    await stoppedAt(lake.stage, { datasets }, state);
    await untilFree(lake.stage, datasets);
    await lake.load({ datasets });
    await expected.compare(datasets);
    expect((await lake.load({ datasets })).datasets).toEqual(datasets.map((dataset) => ({ dataset, status: 'unchanged' })));
    await expected.close();
  },
  300_000,
);
