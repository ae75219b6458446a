import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { DuckDBInstance } from '@duckdb/node-api';
import { beforeEach, expect, test } from '@jest/globals';
import { backedUpObjects } from '../../../cli/recovery/backed-up-objects.ts';
import { type BackedUpTable, backedUpTable } from '../../../cli/recovery/backed-up-table.ts';
import { planRecovery, recoverTable } from '../../../cli/recovery/recover-table.ts';
import { s3 } from '../../../functions/aws/s3.ts';
import { createBucket } from '../../functions/bucket.ts';
import { until } from '../../until.ts';

const TABLE = 'silver/users';
let backups = '';
let lake = '';

beforeEach(async () => {
  [backups, lake] = [await createBucket(), await createBucket()];
  await s3.send(new PutBucketVersioningCommand({ Bucket: backups, VersioningConfiguration: { Status: 'Enabled' } }));
});

const put = (Key: string, Body: string | Uint8Array, Bucket = backups) =>
  s3.send(new PutObjectCommand({ Bucket, Key: `${TABLE}/${Key}`, Body }));
const remove = (Key: string, Bucket = backups) => s3.send(new DeleteObjectCommand({ Bucket, Key: `${TABLE}/${Key}` }));
const name = (version: number, ending = 'json') => `_delta_log/${String(version).padStart(20, '0')}.${ending}`;

/** A commit that takes batch `version` + 1: a file more, and away what it says. */
const commit = (version: number, { adds = [`part ${version}.parquet`], removes = [] as string[], vector = '' } = {}) =>
  put(
    name(version),
    [
      { commitInfo: { userMetadata: JSON.stringify({ batch: version + 1 }) } },
      ...removes.map((path) => ({ remove: { path: encodeURI(path) } })),
      ...adds.map((path) => ({
        add: { path: encodeURI(path), ...(vector ? { deletionVector: { storageType: 'u', pathOrInlineDv: vector } } : {}) },
      })),
    ]
      .map((action) => JSON.stringify(action))
      .join('\n'),
  );

const file = (version: number) => put(`part ${version}.parquet`, `rows of ${version}`);

/** Versions 0, 1 and 2, each with a file of its own. */
async function three(): Promise<void> {
  for (const version of [0, 1, 2]) {
    await file(version);
    await commit(version);
  }
}

async function backedUp(asOf = new Date()): Promise<BackedUpTable | undefined> {
  return backedUpTable(backups, TABLE, [...(await backedUpObjects(backups, `${TABLE}/`, asOf)).values()]);
}

async function recover(table: BackedUpTable | undefined): Promise<string> {
  if (!table) throw new Error('nothing to recover');
  const recovery = await planRecovery({ backups, lake }, table);
  if (recovery.state !== 'there') await recoverTable({ backups, lake }, recovery, () => undefined);
  return recovery.state;
}

async function contents(Bucket: string): Promise<Record<string, string>> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: `${TABLE}/` }));
  const texts = Contents.map(async ({ Key = '' }) => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
    return [Key.slice(TABLE.length + 1), (await Body?.transformToString()) ?? ''] as const;
  });
  return Object.fromEntries(await Promise.all(texts));
}

test('a table that the lake has lost is again what the backups have, object for object', async () => {
  await three();
  const table = await backedUp();
  expect(table).toMatchObject({ version: 2, newestVersion: 2, batch: 3 });
  expect(await recover(table)).toBe('lost');
  expect(await contents(lake)).toEqual(await contents(backups));
  expect(Object.keys(await contents(lake))).toHaveLength(6);
});

test.each([
  ['a file of the newest version has not arrived', () => remove('part 2.parquet'), 1],
  ['a commit before the newest has not arrived', () => remove(name(1)), 0],
  [
    'a file was taken away again, and is gone',
    () => Promise.all([commit(2, { adds: [], removes: ['part 1.parquet'] }), remove('part 1.parquet')]),
    2,
  ],
  [
    'the deletion vector of a file has not arrived',
    () => commit(2, { adds: ['part 0.parquet'], removes: ['part 0.parquet'], vector: 'ab^-aqEH.-t@S}K{vb[*k^' }),
    1,
  ],
])('where %s, the newest version that can be read is taken', async (_, happen, version) => {
  await three();
  await happen();
  const table = await backedUp();
  expect(table).toMatchObject({ version, newestVersion: 2, batch: version + 1 });
  await recover(table);
  const logged = Object.keys(await contents(lake)).filter((key) => key.startsWith('_delta_log/'));
  expect(logged).toEqual(Array.from({ length: version + 1 }, (__, each) => name(each)));
});

test('with its deletion vector there, a version that has one is whole', async () => {
  await three();
  await commit(2, { adds: ['part 0.parquet'], removes: ['part 0.parquet'], vector: 'ab^-aqEH.-t@S}K{vb[*k^' });
  // The example of the Delta protocol.
  await put('ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin', 'marks');
  expect(await backedUp()).toMatchObject({ version: 2 });
});

test('a log that begins with a checkpoint is read from there, and from an earlier one where a file of the later is missing', async () => {
  await three();
  await put(name(1, 'checkpoint.parquet'), await checkpoint('part 0.parquet', 'part 1.parquet'));
  await put(name(2, 'checkpoint.parquet'), await checkpoint('part 0.parquet', 'part 1.parquet', 'part 2.parquet'));
  await remove(name(0));
  expect(await backedUp()).toMatchObject({ version: 2, batch: 3 });
  await remove('part 2.parquet');
  const table = await backedUp();
  expect(table).toMatchObject({ version: 1, batch: 2 });
  await recover(table);
  expect(Object.keys(await contents(lake)).sort()).toEqual(
    [name(1, 'checkpoint.parquet'), name(1), 'part 0.parquet', 'part 1.parquet'].sort(),
  );
});

test('what was deleted from lake and backups is brought back as of the time before', async () => {
  await three();
  const before = await contents(backups);
  const second = Math.ceil(Date.now() / 1000) * 1000;
  await until('the next second, by which S3 tells versions apart', async () => Date.now() > second + 1000);
  for (const key of Object.keys(before)) await remove(key);
  expect(await backedUp()).toBeUndefined();
  await recover(await backedUp(new Date(second)));
  expect(await contents(lake)).toEqual(before);
});

test('a table that is in the lake stays as it is, and one that was interrupted in its log is gone on with', async () => {
  await three();
  const table = await backedUp();
  await put('part 0.parquet', 'rows of 0', lake);
  await put(name(0), (await contents(backups))[name(0)] ?? '', lake);
  expect(await recover(table)).toBe('half');
  expect(await contents(lake)).toEqual(await contents(backups));
  expect(await recover(table)).toBe('there');
  await put(name(3), 'a commit that the backups do not have', lake);
  await remove('part 0.parquet', lake);
  expect(await recover(table)).toBe('there');
  expect(Object.keys(await contents(lake))).not.toContain('part 0.parquet');
});

test('no version with all its files: nothing can be recovered', async () => {
  await three();
  await remove('part 0.parquet');
  expect(await backedUp()).toBeUndefined();
});

/** In the columns that Delta's own have of files. */
async function checkpoint(...paths: string[]): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'etl-checkpoint-'));
  try {
    const to = join(folder, 'checkpoint.parquet');
    const rows = paths.map(
      (path) =>
        `({'path': '${encodeURI(path)}', 'size': 1, 'deletionVector': NULL::STRUCT("storageType" VARCHAR, "pathOrInlineDv" VARCHAR)})`,
    );
    const connection = await (await DuckDBInstance.create()).connect();
    await connection.run(`COPY (SELECT * FROM (VALUES ${rows.join(', ')}, (NULL)) AS t("add")) TO '${to}' (FORMAT parquet)`);
    return readFileSync(to);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
