import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { rootCertificates } from 'node:tls';
import { CreateSecretCommand, DeleteSecretCommand } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { secretsManager } from '../../../../functions/aws/secrets-manager.ts';
import type { BatchPlan, Chunk } from '../../../../functions/batch/batch-plan.ts';
import { PipelineError } from '../../../../functions/errors.ts';
import type { SourcePlan } from '../../../../functions/sources/source.ts';
import { servers } from '../../../servers/servers.ts';
import { until } from '../../../until.ts';
import { contract } from '../../contracts.ts';
import { PostgresDatabase, putSecret } from '../../postgres-database.ts';
import { plan, planned } from '../planned.ts';
import { source } from './batches.ts';

const database = new PostgresDatabase();
let db: pg.Client;
const users = contract({ dataset: 'accounts', columns: { id: 'bigint', updated_at: 'timestamptz' } });
beforeAll(async () => {
  db = await database.connect();
  await db.query('CREATE TABLE accounts (id bigint PRIMARY KEY, updated_at timestamptz DEFAULT now())');
  await db.query('INSERT INTO accounts (id) VALUES (1)');
});
afterEach(() => putSecret(database.secret()));

const { password } = servers.postgres.secret;

/** The failure of a plan, of which everything a person reads is free of secrets. */
async function failure(of = users): Promise<PipelineError> {
  const error = await plan(of).then(
    () => undefined,
    (failed: unknown) => failed,
  );
  expect(error).toBeInstanceOf(PipelineError);
  const named = error as PipelineError;
  expect(`${named.message} ${named.stack} ${JSON.stringify(named)} ${String(named.cause)}`).not.toContain(password);
  expect([named.expected, named.found, named.remedy].every((part) => part.length > 3)).toBe(true);
  return named;
}

test('a wrong password is CredentialRejected, not tried again, and says which secret to set', async () => {
  await putSecret(database.secret({ password: 'wrong-password-of-the-test' }));
  const error = await failure();
  expect(error).toMatchObject({ code: 'CredentialRejected', retry: 'never', dataset: 'accounts', remedy: 'npx etl secrets set postgres' });
  expect(error.message).not.toContain('wrong-password-of-the-test');
});

test('a database that there is not is CredentialRejected, and names it', async () => {
  await putSecret(database.secret({ database: 'no_such_database' }));
  expect(await failure()).toMatchObject({ code: 'CredentialRejected', found: expect.stringContaining('no_such_database') });
});

test('a port where nobody listens is SourceUnreachable, and is tried again', async () => {
  await putSecret(database.secret({ port: 1 }));
  expect(await failure()).toMatchObject({ code: 'SourceUnreachable', retry: 'backoff', found: expect.stringContaining('127.0.0.1:1') });
});

test('a host that no name server knows is SourceUnreachable', async () => {
  await putSecret(database.secret({ host: 'no-such-host.invalid' }));
  expect(await failure()).toMatchObject({ code: 'SourceUnreachable', found: expect.stringContaining('no-such-host.invalid') });
});

test('a certificate by another authority than the one of the secret is CertificateRejected', async () => {
  await putSecret(database.secret({ ca: rootCertificates[0] ?? '' }));
  expect(await failure()).toMatchObject({
    code: 'CertificateRejected',
    retry: 'never',
    expected: expect.stringContaining("the secret's ca"),
  });
});

test('a server that has no TLS is CertificateRejected: nothing is read in the clear', async () => {
  const server = createServer((socket) => socket.on('data', () => socket.write('N')).on('error', () => undefined)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  await putSecret(database.secret({ port: (server.address() as AddressInfo).port }));
  expect(await failure()).toMatchObject({ code: 'CertificateRejected' });
  server.close();
});

test('a secret that lacks fields is SecretIncomplete and names the fields; one that is no JSON is too', async () => {
  await putSecret({ host: '127.0.0.1', username: 'etl_reader', password });
  expect(await failure()).toMatchObject({ code: 'SecretIncomplete', found: 'missing or wrong: port, database, ca' });
  await putSecret(`{"password": "${password}",`);
  expect(await failure()).toMatchObject({ code: 'SecretIncomplete', found: 'missing or wrong: the whole value' });
});

test('a secret that there is not is SecretMissing, and says how to set it', async () => {
  await secretsManager.send(new DeleteSecretCommand({ SecretId: 'etl/postgres', ForceDeleteWithoutRecovery: true }));
  expect(await failure()).toMatchObject({ code: 'SecretMissing', remedy: 'npx etl secrets set postgres' });
  await secretsManager.send(new CreateSecretCommand({ Name: 'etl/postgres', SecretString: '{}' }));
});

test('a table that there is not is TableMissing, with the name and the file to correct', async () => {
  expect(await failure(contract({ dataset: 'nowhere', columns: { id: 'bigint' } }))).toMatchObject({
    code: 'TableMissing',
    dataset: 'nowhere',
    expected: 'a table public.nowhere',
    remedy: expect.stringContaining('contracts/postgres/nowhere.yaml'),
  });
});

test('a column that there is not is ColumnMissing, and names it', async () => {
  const more = contract({ dataset: 'accounts', columns: { id: 'bigint', phone: 'text', updated_at: 'timestamptz' } });
  expect(await failure(more)).toMatchObject({ code: 'ColumnMissing', expected: expect.stringContaining('phone') });
});

test('a column whose kind has changed is ColumnTypeChanged, with both types', async () => {
  const text = contract({ dataset: 'accounts', columns: { id: 'text', updated_at: 'timestamptz' } });
  expect(await failure(text)).toMatchObject({ code: 'ColumnTypeChanged', expected: 'id text', found: 'id bigint' });
});

test.each([
  ['timestamp', 'timestamp without time zone'],
  ['date', 'date'],
  ['numeric(18,2)', 'numeric'],
  ['numeric(38,0)', 'numeric'],
  ['text', 'text'],
])('a sequence of type %s is SequenceUnusable: it orders no transactions, or has no place in a bigint', async (type, named) => {
  const dataset = `by_${type.replace(/\W/g, '_')}`;
  await db.query(`CREATE TABLE ${dataset} (id bigint PRIMARY KEY, updated_at ${type})`);
  const error = await failure(contract({ dataset, columns: { id: 'bigint' } }));
  expect(error).toMatchObject({ code: 'SequenceUnusable', found: `updated_at ${named}` });
});

test('a table that the role may not read is PermissionDenied', async () => {
  await db.query('CREATE TABLE closed AS SELECT 1::bigint AS id, now() AS updated_at');
  await db.query('REVOKE SELECT ON closed FROM etl_reader');
  expect(await failure(contract({ dataset: 'closed', columns: { id: 'bigint' } }))).toMatchObject({
    code: 'PermissionDenied',
    found: expect.stringContaining('closed'),
  });
});

test('a role that does not see when other sessions began is CannotSeeTransactions, and is told what to grant', async () => {
  await db.query("CREATE ROLE blind LOGIN PASSWORD 'blind'");
  await db.query('GRANT SELECT ON accounts TO blind');
  await putSecret(database.secret({ username: 'blind', password: 'blind' }));
  expect(await failure()).toMatchObject({
    code: 'CannotSeeTransactions',
    retry: 'never',
    remedy: expect.stringContaining('GRANT pg_read_all_stats'),
  });
  await db.query('REVOKE SELECT ON accounts FROM blind');
  await db.query('DROP ROLE blind');
});

test('a replica is CannotSeeTransactions: it does not know what sessions of the primary have begun', async () => {
  // A replica takes long to set up; what the server says of itself is answered in its place.
  await db.query("CREATE FUNCTION public.pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT true'");
  await db.query(`ALTER DATABASE ${database.name} SET search_path TO public, pg_catalog`);
  expect(await failure()).toMatchObject({ code: 'CannotSeeTransactions', found: expect.stringContaining('a replica') });
  await db.query(`ALTER DATABASE ${database.name} RESET search_path`);
});

describe('while a chunk is read', () => {
  const large = contract({ dataset: 'large', columns: { id: 'bigint', filler: 'text' }, schemaPolicy: 'discard' });
  let found: SourcePlan;
  beforeAll(async () => {
    await db.query(
      "CREATE TABLE large AS SELECT n::bigint AS id, repeat('x', 1000) AS filler, '2026-01-01'::timestamptz AS updated_at FROM generate_series(1, 50000) n",
    );
    await db.query('GRANT SELECT ON large TO etl_reader');
    found = await planned(large);
  });
  const begin = async (signal: AbortSignal) => {
    const [chunk] = found.chunks;
    const stream = await source.read({
      contract: large,
      plan: found as BatchPlan,
      chunk: chunk as Chunk,
      landing: '',
      ticket: undefined,
      signal,
    });
    if (stream.kind !== 'copy') throw new Error('expected a stream as of COPY');
    return stream;
  };
  const consume = async (bytes: AsyncIterable<Uint8Array>, atFirst: () => unknown) => {
    let pieces = 0;
    for await (const _ of bytes) if (pieces++ === 0) await atFirst();
  };
  const readers = async () =>
    (await db.query("SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'etl read large%' AND datname = current_database()"))
      .rows;

  test('a session that the server ends is SourceInterrupted, and is tried again', async () => {
    const stream = await begin(new AbortController().signal);
    const ended = consume(stream.bytes, async () => {
      for (const { pid } of await readers()) await db.query('SELECT pg_terminate_backend($1)', [pid]);
    });
    await expect(ended).rejects.toMatchObject({ code: 'SourceInterrupted', retry: 'backoff', dataset: 'large' });
    await stream.close();
  });

  test('a read that is told to stop ends at once, and leaves no session on the server', async () => {
    const stop = new AbortController();
    const stream = await begin(stop.signal);
    await expect(consume(stream.bytes, () => stop.abort())).rejects.toThrow();
    await stream.close();
    await until('the connection of the reader to end', async () => (await readers()).length === 0);
  });

  test('a read whose reader goes away half way leaves no session on the server', async () => {
    const stream = await begin(new AbortController().signal);
    for await (const _ of stream.bytes) break;
    await stream.close();
    await until('the connection of the reader to end', async () => (await readers()).length === 0);
  });
});
