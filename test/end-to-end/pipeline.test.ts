import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { ask } from '../../cli/athena.ts';
import { type EndedRun, runAndFollow } from '../../cli/commands/run.ts';
import { Output } from '../../cli/output.ts';
import { change } from '../../cli/sample-sources.ts';
import type { Expected } from '../../local/sample-data/expected.ts';
import { deployedLake, type Lake } from './lake.ts';
import { Oracle } from './oracle.ts';

const ROWS = 400;
const USERS = [
  'user_id',
  'first_name',
  'last_name',
  'email',
  'phone',
  'address',
  'city',
  'state',
  'country',
  'registration_date',
  'updated_at',
];
const output = new Output(false);

let lake: Lake;
let oracle: Oracle;

beforeAll(async () => {
  lake = await deployedLake(ROWS);
  oracle = await Oracle.open();
}, 300_000);

afterAll(async () => {
  await lake?.end();
}, 60_000);

async function run(): Promise<EndedRun> {
  const ended = await runAndFollow(lake.stage, {}, output);
  expect({ status: ended.status, error: ended.error, cause: ended.cause }).toEqual({
    status: 'SUCCEEDED',
    error: undefined,
    cause: undefined,
  });
  return ended;
}

/** The rows of PostgreSQL as its own client prints them. */
async function loadSource(): Promise<void> {
  const { postgres } = lake.stage.environment ?? {};
  if (!postgres) throw new Error('no PostgreSQL');
  const { host, port, database, ca } = postgres.secret;
  const client = new pg.Client({ host, port, database, user: postgres.admin.username, password: postgres.admin.password, ssl: { ca } });
  await client.connect();
  try {
    await client.query("SET TimeZone = 'UTC'");
    const { rows } = await client.query({
      text: `SELECT ${USERS.map((column) => `${column}::text`).join(', ')} FROM users`,
      rowMode: 'array',
    });
    await oracle.load('source_users', USERS, rows);
  } finally {
    await client.end();
  }
  await oracle.expect('good_users');
}

async function compareLake(): Promise<void> {
  await oracle.loadParquet('silver_users', lake.readDelta('silver', 'users'));
  expect(await oracle.difference('kept_users', 'silver_users')).toEqual([]);
  await oracle.expect('gold_dim_users');
  await oracle.loadParquet('dim_users', lake.readDelta('gold', 'dim_users'));
  expect(await oracle.difference('expected_gold_dim_users', 'dim_users')).toEqual([]);
}

function compareOutcomes({ datasets }: EndedRun, expected: Expected): void {
  const users = datasets.find(({ dataset }) => dataset === 'users');
  const { inserted, updated, superseded, quarantined, deletedByAbsence } = expected.datasets.users ?? {};
  expect(users).toMatchObject({ status: 'loaded', inserted, updated, superseded, quarantined, removed: deletedByAbsence });
  expect(users?.read).toBe(
    (users?.inserted ?? 0) +
      (users?.updated ?? 0) +
      (users?.unchanged ?? 0) +
      (users?.superseded ?? 0) +
      (users?.deleted ?? 0) +
      (users?.quarantined ?? 0),
  );
}

describe('from the sources to Gold', () => {
  test('a first run loads exactly the good rows, and counts every other as the generator knows it', async () => {
    const ended = await run();
    await loadSource();
    await oracle.run('CREATE TABLE kept_users AS FROM expected_good_users');
    await compareLake();
    compareOutcomes(ended, lake.filled);
    expect((await oracle.count('kept_users')) > ROWS / 4).toBe(true);
  }, 300_000);

  test('a run with nothing new starts no cluster and changes nothing', async () => {
    const ended = await run();
    expect(ended.datasets).toEqual([{ dataset: 'users', status: 'unchanged' }]);
    expect(ended.models).toEqual([]);
    await compareLake();
  }, 60_000);

  test('an incremental run takes updates, new rows and deletes, and keeps what a bad update must not touch', async () => {
    const expected = await change(lake.stage);
    const ended = await run();
    await loadSource();
    await oracle.run('DELETE FROM kept_users WHERE user_id NOT IN (SELECT user_id FROM source_users)');
    await oracle.run('DELETE FROM kept_users WHERE user_id IN (SELECT user_id FROM expected_good_users)');
    await oracle.run('INSERT INTO kept_users FROM expected_good_users');
    await compareLake();
    compareOutcomes(ended, expected);
  }, 300_000);

  test('a full run reads everything again and finds it as it is', async () => {
    const ended = await runAndFollow(lake.stage, { datasets: ['users'], mode: 'full' }, output);
    expect(ended.status).toBe('SUCCEEDED');
    expect(ended.datasets[0]).toMatchObject({ status: 'loaded', inserted: 0, updated: 0, removed: 0 });
    await compareLake();
  }, 300_000);

  test('Athena gives the rows that deltalake gives', async () => {
    const { columns, rows } = await ask(lake.stage, 'SELECT user_key, user_id, email, country FROM gold.dim_users');
    await oracle.load('athena_dim_users', columns, rows);
    await oracle.run('CREATE OR REPLACE VIEW deltalake_dim_users AS SELECT user_key, user_id, email, country FROM dim_users');
    expect(await oracle.difference('deltalake_dim_users', 'athena_dim_users')).toEqual([]);
  }, 60_000);
});
