import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ExpectedUsers } from './expected-users.ts';
import { Lake } from './lake.ts';
import { stoppedAt, untilFree } from './stop-execution.ts';

let lake: Lake;

beforeAll(async () => {
  lake = await Lake.open();
  await lake.load({ datasets: ['users'] });
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
    const users = await ExpectedUsers.ofPresentLake(lake);
    lake.change();
    await users.advance();
    await stoppedAt(lake.stage, state);
    await untilFree(lake.stage);
    await lake.load({ datasets: ['users'] });
    await users.compare();
    expect((await lake.load({ datasets: ['users'] })).datasets).toEqual([{ dataset: 'users', status: 'unchanged' }]);
  },
  300_000,
);
