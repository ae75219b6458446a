import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ask } from '../../cli/athena.ts';
import type { EndedRun } from '../../cli/commands/run.ts';
import { environmentFolder } from '../../local/environment.ts';
import { type Expected, readExpected } from '../../local/sample-data/expected.ts';
import { ExpectedUsers } from './expected-users.ts';
import { Lake } from './lake.ts';

let lake: Lake;
let users: ExpectedUsers;

beforeAll(async () => {
  lake = await Lake.open();
  users = await ExpectedUsers.ofEmptyLake(lake);
});
afterAll(() => lake.close());

test('a first run loads exactly the good rows, and counts every other as the generator knows it', async () => {
  const ended = await lake.load({ datasets: ['users'] });
  await users.advance();
  await users.compare();
  expectOutcomes(ended, await readExpected(environmentFolder('test'), 0));
}, 300_000);

test('a run with nothing new starts no cluster and changes nothing', async () => {
  const ended = await lake.load({ datasets: ['users'] });
  expect(ended.datasets).toEqual([{ dataset: 'users', status: 'unchanged' }]);
  expect(ended.models).toEqual([]);
  await users.compare();
}, 120_000);

test('an incremental run takes updates, new rows and deletes, and keeps what a bad update must not touch', async () => {
  const expected = lake.change();
  const ended = await lake.load({ datasets: ['users'] });
  await users.advance();
  await users.compare();
  expectOutcomes(ended, expected);
}, 300_000);

test('a full run reads everything again and finds it as it is', async () => {
  const ended = await lake.load({ datasets: ['users'], mode: 'full' });
  expect(ended.datasets[0]).toMatchObject({ status: 'loaded', inserted: 0, updated: 0, removed: 0 });
  await users.compare();
}, 300_000);

test('Athena gives the rows that deltalake gives', async () => {
  const { columns, rows } = await ask(lake.stage, 'SELECT user_key, user_id, email, country FROM gold.dim_users');
  await users.oracle.load('athena_dim_users', columns, rows);
  await users.oracle.run('CREATE VIEW deltalake_dim_users AS SELECT user_key, user_id, email, country FROM dim_users');
  expect(await users.oracle.difference('deltalake_dim_users', 'athena_dim_users')).toEqual([]);
}, 60_000);

function expectOutcomes({ datasets }: EndedRun, expected: Expected): void {
  const found = datasets.find(({ dataset }) => dataset === 'users');
  const { inserted, updated, superseded, quarantined, deletedByAbsence } = expected.datasets.users ?? {};
  expect(found).toMatchObject({ status: 'loaded', inserted, updated, superseded, deleted: 0, quarantined, removed: deletedByAbsence });
  expect(found?.read).toBe(
    [inserted, updated, found?.unchanged, superseded, quarantined].reduce((sum: number, count) => sum + (count ?? 0), 0),
  );
}
