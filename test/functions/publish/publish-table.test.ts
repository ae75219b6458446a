import { CreateDatabaseCommand, GetTableCommand } from '@aws-sdk/client-glue';
import { beforeAll, expect, jest, test } from '@jest/globals';
import { glue } from '../../../functions/aws/glue.ts';
import { goldTable, quarantineTable, silverTable } from '../../../functions/publish/catalog-tables.ts';
import { publishTable } from '../../../functions/publish/publish-table.ts';
import { contract } from '../contracts.ts';

beforeAll(async () => {
  for (const Name of ['silver', 'gold', 'quarantine']) await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name } }));
});
const users = contract({ dataset: 'users', columns: { id: 'text', email: 'text' } });
const lake = 's3://lake';
const found = async (DatabaseName: string, Name: string) => (await glue.send(new GetTableCommand({ DatabaseName, Name }))).Table;
const columnsOf = async (database: string, name: string) =>
  (await found(database, name))?.StorageDescriptor?.Columns?.map(({ Name, Type }) => `${Name} ${Type}`);

test('a table is entered as Athena knows a Delta table: by its type and the root of its files', async () => {
  await publishTable(glue, silverTable(lake, users));
  expect(await found('silver', 'users')).toMatchObject({
    TableType: 'EXTERNAL_TABLE',
    Parameters: { table_type: 'DELTA' },
    StorageDescriptor: { Location: 's3://lake/silver/users' },
    Description: 'users from the test',
  });
});

test("Silver has the contract's columns and its own; of messages the partition and unknown fields too; quarantine the same for all; Gold the contract's", async () => {
  const events = contract({ dataset: 'events', source: 'kafka', columns: { id: 'text' } });
  await publishTable(glue, silverTable(lake, events));
  await publishTable(glue, quarantineTable(lake, events));
  const columns = [{ name: 'day', type: 'date', required: true, class: 'internal' as const, description: 'The day' }];
  await publishTable(
    glue,
    goldTable(lake, { table: 'sales', version: '1', description: 'Sales', grain: ['day'], columns, partitioning: [] }),
  );
  const own = [
    '_batch bigint',
    '_run string',
    '_source string',
    '_object string',
    '_ingested_at timestamp',
    '_row_hash string',
    '_content_hash string',
    '_sequence bigint',
  ];
  expect(await columnsOf('silver', 'users')).toEqual(['id string', 'email string', ...own]);
  expect(await columnsOf('silver', 'events')).toEqual([
    'id string',
    ...own,
    '_sequence_partition int',
    '_unknown_fields map<string,string>',
  ]);
  expect(await columnsOf('quarantine', 'events')).toEqual(expect.arrayContaining(['rule string', 'masked_value string', 'raw string']));
  expect(await columnsOf('gold', 'sales')).toEqual(['day date']);
});

test('publishing again writes nothing while nothing has changed, and the change when something has', async () => {
  await publishTable(glue, silverTable(lake, users));
  const sent = jest.spyOn(glue, 'send');
  await publishTable(glue, silverTable(lake, users));
  expect(sent.mock.calls.map(([command]) => command.constructor.name)).toEqual(['GetTableCommand']);
  await publishTable(glue, silverTable(lake, contract({ dataset: 'users', columns: { id: 'text', email: 'text', phone: 'text' } })));
  expect(sent.mock.calls.map(([command]) => command.constructor.name).slice(1)).toEqual(['GetTableCommand', 'UpdateTableCommand']);
  sent.mockRestore();
  expect(await columnsOf('silver', 'users')).toEqual(expect.arrayContaining(['phone string']));
});
