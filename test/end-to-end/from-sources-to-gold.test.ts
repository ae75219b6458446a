import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { EndedRun } from '../../cli/commands/run.ts';
import type { Manifest } from '../../functions/batch/manifest.ts';
import { environmentFolder } from '../../local/environment.ts';
import { type Expected, readExpected } from '../../local/sample-data/expected.ts';
import { ExpectedLake, MODELS, names } from './expected-lake.ts';
import { Lake } from './lake.ts';
import { expectOthersToRead } from './other-readers.ts';
import { DATASETS } from './source-rows.ts';
import { expectReceipts, expectRules } from './told-counts.ts';

let lake: Lake;
let expected: ExpectedLake;

beforeAll(async () => {
  lake = await Lake.open();
  expected = await ExpectedLake.ofEmptyLake(lake);
}, 60_000);
afterAll(async () => {
  await expected.close();
  lake.close();
});

test('a first run loads exactly the good rows of eleven datasets, and counts every other as the generator knows it', async () => {
  const ended = await lake.load();
  await expected.advance();
  await expected.compare();
  await expectTold(ended, await readExpected(environmentFolder('test'), 0));
}, 600_000);

test('a run with nothing new starts no cluster and changes nothing', async () => {
  const ended = await lake.load();
  expect(ended.datasets).toEqual(names(DATASETS).map((dataset) => ({ dataset, status: 'unchanged' })));
  expect(ended.models).toEqual([]);
  await expected.compare();
}, 120_000);

test('an incremental run takes updates, new rows and deletes, and keeps what a bad update must not touch', async () => {
  const change = lake.change();
  const ended = await lake.load();
  await expected.advance();
  await expected.compare();
  await expectTold(ended, change);
}, 600_000);

test('what Snowflake has much of it has written into landing itself, and what changed since came through the driver', async () => {
  const orders = { name: 'customer_orders', source: 'snowflake' } as const;
  const [first, second] = await Promise.all([lake.manifest(orders, 1), lake.manifest(orders, 2)]);
  expect(rowKeys(first)).toEqual([expect.stringMatching(/^customer_orders\/batch=0000000001\/attempt=1\/rows-0001\/[^/]+\.parquet$/)]);
  expect(rowKeys(second)).toEqual(['customer_orders/batch=0000000002/rows-0001.parquet']);
});

test('a full run reads everything again and finds it as it is', async () => {
  const ended = await lake.load({ datasets: ['users'], mode: 'full' });
  expect(ended.datasets[0]).toMatchObject({ status: 'loaded', inserted: 0, updated: 0, removed: 0 });
  await expected.compare(['users'], ['dim_users']);
}, 300_000);

test.each([...names(DATASETS).map((name) => `silver.${name}`), ...MODELS.map((name) => `gold.${name}`)])(
  'Athena gives the rows of %s that deltalake gives, and so does its log with DuckDB; Gold asks for no newer reader than the first',
  (table) => expectOthersToRead(lake, expected, table),
  60_000,
);

const rowKeys = ({ objects }: Manifest) => objects.filter(({ role }) => role === 'rows').map(({ key }) => key);

/** Every dataset is loaded; its receipt, the rules and the rows that were set aside are what the generator knows. */
async function expectTold({ run, datasets }: EndedRun, known: Expected): Promise<void> {
  expect(datasets.map(({ dataset, status }) => ({ dataset, status }))).toEqual(
    names(DATASETS).map((dataset) => ({ dataset, status: 'loaded' })),
  );
  const batches = new Map(datasets.map(({ dataset, batch }) => [dataset, batch ?? 0]));
  await expectReceipts(lake.stage, batches, known);
  await expectRules(lake.stage, run, known);
  await expected.compareQuarantine(batches);
}
