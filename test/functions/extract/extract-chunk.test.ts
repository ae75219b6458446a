import { PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { s3 } from '../../../functions/aws/s3.ts';
import { BatchPlan } from '../../../functions/batch/batch-plan.ts';
import { storedObject } from '../../../functions/batch/stored-object.ts';
import { extractChunk } from '../../../functions/extract/extract-chunk.ts';
import { readJson, writeJson } from '../../../functions/objects.ts';
import { openBatch } from '../../../functions/plan/open-batch.ts';
import { contract } from '../contracts.ts';
import { deployed } from '../deployed.ts';
import { runningExecution } from '../executions.ts';
import { PostgresDatabase, putSecret } from '../postgres-database.ts';
import { makeServices, servicesFor } from '../services.ts';
import { useSnowflake } from '../sources/snowflake/snowflake-account.ts';
import { temporaryFolder } from '../temporary-folder.ts';

makeServices();
temporaryFolder();
const database = new PostgresDatabase();
useSnowflake();
const users = contract({
  dataset: 'users_read',
  columns: { id: 'bigint', name: 'text' },
  schemaPolicy: 'discard',
  load: { deletions: true },
});
let db: pg.Client;
let landing: string;
beforeAll(async () => {
  db = await database.connect();
  await db.query("CREATE TABLE users_read (id bigint PRIMARY KEY, name text, updated_at timestamptz DEFAULT '2026-01-01')");
  await db.query("INSERT INTO users_read VALUES (1, 'a'), (2, NULL), (3, '')");
  await deployed([users]);
  const run = { run: 'run', executionArn: await runningExecution(), startedAt: '2026-05-01T12:00:00Z' };
  landing = (await openBatch(servicesFor([users]), users, run, { mode: 'incremental' }))?.planned.landing ?? '';
});
const extract = (chunk: string, signal = new AbortController().signal) =>
  extractChunk({ dataset: 'users_read', chunk, landing }, { signal });

test('a chunk that the function has no time left for is ChunkDeadline, to be tried again, and lands nothing', async () => {
  await expect(extract('rows-0001', AbortSignal.abort())).rejects.toMatchObject({
    code: 'ChunkDeadline',
    retry: 'backoff',
    dataset: 'users_read',
    remedy: expect.stringMatching(/chunkRows.* npx etl run --dataset users_read --abandon --wait/),
  });
  expect(await storedObject(`${landing}/rows-0001.parquet`)).toBeUndefined();
});

test.each([
  ['postgres', 'cursor or log', {}],
  ['snowflake', 'cursor or changes', { read: { query: "SELECT '1'" } }],
])(
  'a table of %s that is read whole and takes too long is SnapshotTooLarge, which trying again would not help, but %s would',
  async (source, modes, read) => {
    const plan = await readJson(`${landing}/_plan.json`, BatchPlan);
    const folder = landing.replace('users_read', `too_large_in_${source}`);
    await writeJson(`${folder}/_plan.json`, { ...plan, source, complete: true, chunks: [{ ...plan?.chunks[0], ...read }] });
    const late = extractChunk({ dataset: 'users_read', chunk: 'rows-0001', landing: folder }, { signal: AbortSignal.abort() });
    await expect(late).rejects.toMatchObject({ code: 'SnapshotTooLarge', retry: 'never', remedy: expect.stringContaining(modes) });
  },
);

test('a chunk of the plan lands as its object, rows and keys apart', async () => {
  expect(await extract('rows-0001')).toEqual({ status: 'landed', rows: 3 });
  expect(await extract('keys-0001')).toEqual({ status: 'landed', rows: 3 });
  expect(await storedObject(`${landing}/rows-0001.parquet`)).toMatchObject({ rows: 3 });
});

test('a chunk whose object is gone of a batch that landed whole is not read anew', async () => {
  const folder = landing.replace('users_read', 'gone_since');
  const plan = await readJson(`${landing}/_plan.json`, BatchPlan);
  await writeJson(`${folder}/_plan.json`, plan);
  const object = { key: 'rows-0001.parquet', etag: '"one"', bytes: 9, rows: 2, hash: '0'.repeat(32), role: 'rows', chunk: 'rows-0001' };
  await writeJson(`${folder}/_manifest.json`, { ...plan, objects: [object], rows: 2, hash: object.hash });
  const again = extractChunk({ dataset: 'users_read', chunk: 'rows-0001', landing: folder }, { signal: new AbortController().signal });
  expect(await again).toEqual({ status: 'landed', rows: 2 });
  expect(await storedObject(`${folder}/rows-0001.parquet`)).toBeUndefined();
});

test('a chunk that has landed is not read again: the source may be down by then', async () => {
  await putSecret(database.secret({ port: 1 }));
  expect(await extract('rows-0001')).toEqual({ status: 'landed', rows: 3 });
  await putSecret(database.secret());
});

test('a chunk that the plan does not know, and a batch without a plan, are told by name', async () => {
  await expect(extract('rows-0009')).rejects.toMatchObject({ code: 'ObjectInvalid', found: 'no such chunk' });
  const nowhere = extractChunk(
    { dataset: 'users_read', chunk: 'rows-0001', landing: `${landing}0` },
    { signal: new AbortController().signal },
  );
  await expect(nowhere).rejects.toMatchObject({ code: 'ObjectInvalid', found: 'no plan' });
});

test('a failure of the landing bucket is not told as one of the source', async () => {
  const plan = await readJson(`${landing}/_plan.json`, BatchPlan);
  const folder = landing.replace('users_read', 'locked');
  await writeJson(`${folder}/_plan.json`, plan);
  s3.middlewareStack.add(
    (next, { commandName }) =>
      async (request) => {
        if (commandName === PutObjectCommand.name) throw Object.assign(new Error('no right to write'), { name: 'AccessDenied' });
        return next(request);
      },
    { step: 'initialize', name: 'refuses' },
  );
  const refused = extractChunk({ dataset: 'users_read', chunk: 'rows-0001', landing: folder }, { signal: new AbortController().signal });
  await expect(refused).rejects.toMatchObject({ name: 'AccessDenied' });
  s3.middlewareStack.remove('refuses');
});
