import { rootCertificates } from 'node:tls';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import type { Environment } from '../../../local/environment.ts';
import { fillSources } from '../../../local/sample-data/sources.ts';
import { startEnvironment } from '../start-environment.ts';

type Postgres = NonNullable<Environment['postgres']>;
let postgres: Postgres;
let end: () => Promise<void>;

beforeAll(async () => {
  const own = await startEnvironment(['postgres']);
  if (!own.environment.postgres) throw new Error('environment.json says nothing of postgres');
  postgres = own.environment.postgres;
  end = own.end;
}, 30_000);
afterAll(() => end());

const reader = (changes: pg.ClientConfig = {}): pg.ClientConfig => {
  const { host, port, database, username, password, ca } = postgres.secret;
  return { host, port, database, user: username, password, ssl: { ca }, ...changes };
};
const admin = () => reader({ user: postgres.admin.username, password: postgres.admin.password });

async function as<T>(config: pg.ClientConfig, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(config);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'succeeded',
    (error: { code?: string }) => error.code,
  );

test('the reader connects over TLS that it verifies, by address and by name', async () => {
  for (const host of ['127.0.0.1', 'localhost']) {
    const { rows } = await as(reader({ host }), (client) => client.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()'));
    expect(rows).toEqual([{ ssl: true }]);
  }
});

test('a client that does not know the authority refuses the server', async () => {
  expect(await codeOf(as(reader({ ssl: { ca: [...rootCertificates] } }), (client) => client.query('SELECT 1')))).toBe(
    'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  );
});

test('without TLS, or with a wrong password, nobody gets in', async () => {
  expect(await codeOf(as(reader({ ssl: false }), (client) => client.query('SELECT 1')))).toBe('28000');
  expect(await codeOf(as(reader({ password: 'wrong' }), (client) => client.query('SELECT 1')))).toBe('28P01');
});

test('the reader cannot write, even after it has switched its read-only default off', async () => {
  const insert = "INSERT INTO public.users (user_id) VALUES ('X')";
  expect(await codeOf(as(reader(), (client) => client.query(insert)))).toBe('25006');
  const switched = as(reader(), async (client) => {
    await client.query('SET default_transaction_read_only = off');
    await client.query(insert);
  });
  expect(await codeOf(switched)).toBe('42501');
});

test('the reader sees a table that is made later, and when another session began its transaction', async () => {
  await as(admin(), async (owner) => {
    await owner.query('CREATE TABLE public.made_later AS SELECT 7 AS n');
    await owner.query('BEGIN');
    await owner.query('SELECT 1');
    await as(reader(), async (client) => {
      expect((await client.query('SELECT n FROM public.made_later')).rows).toEqual([{ n: 7 }]);
      const { rows } = await client.query('SELECT count(*)::int AS n FROM pg_stat_activity WHERE usename = $1 AND xact_start IS NOT NULL', [
        postgres.admin.username,
      ]);
      expect(rows).toEqual([{ n: 1 }]);
    });
    await owner.query('ROLLBACK');
    await owner.query('DROP TABLE public.made_later');
  });
});

test('a filled row keeps its time; a changed and a new one take the start of their transaction', async () => {
  const { host, port, database, ca } = postgres.secret;
  await fillSources({ postgres: { host, port, database, ca, ...postgres.admin } }, { rows: 1000, seed: 7 });
  await as(admin(), async (client) => {
    const kept = await client.query("SELECT updated_at::text AS at FROM users WHERE user_id = 'USER001'");
    expect(kept.rows).toEqual([{ at: '2024-01-10 08:00:00+00' }]);
    await client.query('BEGIN');
    await client.query("UPDATE users SET city = 'Boston' WHERE user_id = 'USER001'");
    await client.query("INSERT INTO users (user_id) VALUES ('USER-NEW')");
    const { rows } = await client.query("SELECT updated_at = now() AS now FROM users WHERE user_id IN ('USER001', 'USER-NEW')");
    expect(rows).toEqual([{ now: true }, { now: true }]);
    await client.query('ROLLBACK');
  });
});
