import { expect, test } from '@jest/globals';
import { ask } from '../../cli/athena.ts';
import { unitOf } from '../../functions/ledger/unit.ts';
import { commitsOf } from './delta-log.ts';
import { etl } from './etl.ts';
import { loadedLake } from './lake.ts';
import { asAdmin } from './production-database.ts';

const lake = await loadedLake();

test('a row that somebody deleted from Silver is there again after a restore, in Gold too; the batches since are, and every receipt holds', async () => {
  const bergen = await addUser('USER-BERGEN', 'Bergen');
  const before = { silver: await silver(), gold: await gold() };

  expect(lake.deleteRows('silver', 'users', "user_id = 'USER-BERGEN'")).toBe(1);
  const alta = await addUser('USER-ALTA', 'Alta');
  expect(await gold()).toEqual(
    sorted(
      before.gold.filter((row) => row !== 'USER-BERGEN Bergen true'),
      'USER-ALTA Alta true',
    ),
  );
  expect(await json('receipts', 'verify', '--dataset', 'users')).toMatchObject({ code: 1 });

  const { answer: versions } = await json('restore', '--table', 'silver.users');
  const { version } = versions.find(({ batch }: { batch?: number }) => batch === bergen);
  const restore = ['restore', '--table', 'silver.users', '--to', String(version)];
  const commits = async () => (await commitsOf(lake.stage.names.buckets.lake, 'silver/users')).length;
  const commitsBefore = await commits();
  expect(await json(...restore, '--dry-run')).toMatchObject({ code: 0, answer: { version, after: bergen, replay: [alta] } });
  expect(await commits()).toBe(commitsBefore);

  expect(await json(...restore, '--wait')).toMatchObject({ code: 0, answer: { status: 'SUCCEEDED' } });
  expect(await silver()).toEqual(sorted(before.silver, `USER-ALTA ${alta} true`));
  expect(await gold()).toEqual(sorted(before.gold, 'USER-ALTA Alta true'));
  expect(await json('receipts', 'verify', '--dataset', 'users')).toMatchObject({ code: 0, answer: { findings: [] } });

  await addUser('USER-VARDO', 'Vardø');
  expect(await gold()).toEqual(sorted(before.gold, 'USER-ALTA Alta true', 'USER-VARDO Vardø true'));
}, 300_000);

/** Loads the user alone; says in which batch. */
async function addUser(id: string, city: string): Promise<number> {
  await asAdmin(lake.stage, `INSERT INTO users (user_id, first_name, country, city) VALUES ('${id}', 'Eva', 'NO', '${city}')`);
  await lake.load({ datasets: ['users'] });
  return (await lake.ledger.head(unitOf('users'))).seq;
}

async function json(...args: string[]) {
  const { code, output, errors } = await etl(['--json', ...args]);
  return { code, errors, answer: JSON.parse(output) };
}

/** The batch that each row of Silver came by is what it was, too. */
const silver = () => rows('SELECT user_id, _batch, is_current FROM silver.users');

const gold = () => rows('SELECT user_id, city, is_current FROM gold.dim_users');

const rows = async (sql: string) => sorted((await ask(lake.stage, sql)).rows.map((row) => row.join(' ')));

const sorted = (rows: readonly string[], ...more: readonly string[]) => [...rows, ...more].sort();
