import { AthenaClient, CreateWorkGroupCommand } from '@aws-sdk/client-athena';
import { beforeAll, expect, test } from '@jest/globals';
import { ask } from '../../cli/athena.ts';
import { createBucket } from '../functions/bucket.ts';
import { stage } from './account-stage.ts';

beforeAll(async () => {
  const ResultConfiguration = { OutputLocation: `s3://${await createBucket()}/results/` };
  await new AthenaClient({}).send(new CreateWorkGroupCommand({ Name: stage.names.workgroup, Configuration: { ResultConfiguration } }));
});

test('an answer has the names of its columns, and its rows without the one that repeats the names', async () => {
  const answer = await ask(stage, "SELECT * FROM (VALUES (1, 'a'), (2, NULL)) AS t(id, name) ORDER BY id");
  expect(answer).toEqual({
    columns: ['id', 'name'],
    rows: [
      ['1', 'a'],
      ['2', null],
    ],
  });
});

test('an answer without rows is one', async () => {
  expect(await ask(stage, 'SELECT 1 AS id WHERE false')).toEqual({ columns: ['id'], rows: [] });
});

test('an answer of several pages comes whole', async () => {
  const { rows } = await ask(stage, 'SELECT n FROM UNNEST(sequence(1, 2500)) AS t(n) ORDER BY n');
  expect(rows.map(([n]) => Number(n))).toEqual(Array.from({ length: 2500 }, (_, index) => index + 1));
});

test("a query that Athena refuses fails with Athena's reason and how to find the tables", async () => {
  await expect(ask(stage, 'SELECT * FROM gold.no_such_table')).rejects.toMatchObject({
    name: 'CommandFailed',
    message: expect.stringMatching(/no_such_table.*SHOW TABLES IN gold/s),
  });
});
