import { CreateDatabaseCommand, GetTableCommand, GetTablesCommand } from '@aws-sdk/client-glue';
import { CreateTopicCommand, type PublishCommand } from '@aws-sdk/client-sns';
import { beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import { glue } from '../../../functions/aws/glue.ts';
import { sns } from '../../../functions/aws/sns.ts';
import { writeJson } from '../../../functions/objects.ts';
import { publishRun, type RunToPublish } from '../../../functions/publish/publish-run.ts';
import { resultsAddress, resultsOf, runFolder } from '../../../functions/run/addresses.ts';
import { contract } from '../contracts.ts';
import { env, makeServices, servicesFor } from '../services.ts';

makeServices();

beforeAll(async () => {
  for (const Name of ['silver', 'gold', 'quarantine']) await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name } }));
  env.TOPIC_ARN = (await sns.send(new CreateTopicCommand({ Name: 'etl-alerts' }))).TopicArn ?? '';
});
const sent = jest.spyOn(sns, 'send');
beforeEach(() => {
  sent.mockClear();
});

const { contracts } = servicesFor(['users', 'orders'].map((dataset) => contract({ dataset, columns: { id: 'text' } })));
const publish = (changes: Partial<RunToPublish>) =>
  publishRun(env, contracts, { run: 'run-7', startedAt: new Date().toISOString(), datasets: [], models: [], failed: [], ...changes });
const tablesOf = async (DatabaseName: string) =>
  (await glue.send(new GetTablesCommand({ DatabaseName }))).TableList?.map(({ Name }) => Name);

test('of a run that loaded something its tables are entered, those of others are not, and nobody is called', async () => {
  expect(await publish({ datasets: ['users'] })).toEqual({ tables: 2 });
  expect([await tablesOf('silver'), await tablesOf('quarantine'), await tablesOf('gold')]).toEqual([['users'], ['users'], []]);
  expect(sent).not.toHaveBeenCalled();
});

test.each([
  [[], 'nothing'],
  [['users'], 'users'],
])(
  'what failed is told to whoever subscribed: the run, each dataset, its error and cause, and that of the others %j were loaded',
  async (datasets, loaded) => {
    await publish({ datasets, failed: [{ dataset: 'orders', error: 'TableMissing', cause: 'orders: expected a table; found none' }] });
    const [{ input }] = sent.mock.lastCall as unknown as [PublishCommand];
    expect(input.TopicArn).toBe(env.TOPIC_ARN);
    expect(input.Subject).toBe('etl-pipeline: 1 of the datasets failed');
    expect(input.Message?.split('\n')).toEqual([
      'Run run-7',
      'orders: TableMissing',
      '  orders: expected a table; found none',
      `Loaded: ${loaded}. What failed goes on from where it stopped at the next run.`,
    ]);
  },
);

test('a column that the source has and the contract does not name is entered with the type that Silver found', async () => {
  const results = resultsAddress(resultsOf(runFolder(`s3://${env.LAKE_BUCKET}`, 'run-8')), 'silver');
  const silver = { layer: 'silver', run: 'run-8', datasets: { users: { status: 'ok', added: { team: 'string', level: 'bigint' } } } };
  await writeJson(results, silver);
  await publish({ run: 'run-8', datasets: ['users'] });
  const { Table } = await glue.send(new GetTableCommand({ DatabaseName: 'silver', Name: 'users' }));
  const columns = Table?.StorageDescriptor?.Columns ?? [];
  expect(columns.slice(0, 3).map(({ Name, Type }) => [Name, Type])).toEqual([
    ['id', 'string'],
    ['team', 'string'],
    ['level', 'bigint'],
  ]);
});
