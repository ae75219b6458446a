import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, expect, test } from '@jest/globals';
import { s3 } from '../../../functions/aws/s3.ts';
import type { BatchPlan } from '../../../functions/batch/batch-plan.ts';
import { completeLanding } from '../../../functions/complete-landing/complete-landing.ts';
import type { Contract } from '../../../functions/contract/contract.ts';
import { addressOf } from '../../../functions/objects.ts';
import { validateBatch } from '../../../functions/validate/validate-batch.ts';
import { batchPlan, putChunk, putPlan } from '../batch/landed-batch.ts';
import { createBucket } from '../bucket.ts';
import { contract } from '../contracts.ts';
import { env, makeServices } from '../services.ts';
import { silverVersion } from '../silver-version.ts';

makeServices();
let bucket: string;
let lake: string;
beforeAll(async () => {
  bucket = await createBucket();
  lake = `s3://${env.LAKE_BUCKET}`;
});
let batches = 0;

/** A landed batch of columns id and email, and where it lies. */
async function landed(changes: Partial<BatchPlan> = {}): Promise<string> {
  const landing = `s3://${bucket}/users/batch=${String(++batches).padStart(10, '0')}`;
  const plan = batchPlan('users', changes);
  await putPlan(landing, plan);
  for (const { id } of plan.chunks) await putChunk(landing, id);
  await completeLanding({ dataset: 'users', landing, outcomes: `${landing}/outcomes` });
  return landing;
}
const users = (columns: string[], schemaPolicy: Contract['schemaPolicy'] = 'evolve') =>
  contract({ dataset: 'users', columns: Object.fromEntries(columns.map((name) => [name, 'text'])), schemaPolicy });
const known = users(['id', 'email']);
const validate = (by: Contract, landing: string) => validateBatch(lake, by, 1, landing);

test('a batch that is as its manifest and contract say goes on, with its rows and hash', async () => {
  expect(await validate(known, await landed())).toEqual({ rows: 5, hash: '00000000000000010000000000000004', addedColumns: [] });
});

test('an object that was written over is ManifestMismatch, with both etags', async () => {
  const landing = await landed();
  await putChunk(landing, 'rows-0002', 'forged---');
  await expect(validate(known, landing)).rejects.toMatchObject({
    code: 'ManifestMismatch',
    dataset: 'users',
    expected: expect.stringMatching(/rows-0002\.parquet with etag "\w{32}" and 9 bytes/),
    found: expect.stringMatching(/etag "\w{32}" and 9 bytes/),
  });
});

test('an object that is gone is ManifestMismatch, and named', async () => {
  const landing = await landed();
  await s3.send(new DeleteObjectCommand(addressOf(`${landing}/keys-0001.parquet`)));
  await expect(validate(known, landing)).rejects.toMatchObject({
    code: 'ManifestMismatch',
    expected: expect.stringContaining('keys-0001.parquet'),
  });
});

test('a batch without a manifest is ManifestMismatch', async () => {
  await expect(validate(known, `s3://${bucket}/users/batch=none`)).rejects.toMatchObject({ code: 'ManifestMismatch', found: 'none' });
});

test.each(['evolve', 'discard'] as const)('a column that the contract does not know is told and goes on: %s', async (policy) => {
  expect((await validate(users(['id'], policy), await landed())).addedColumns).toEqual(['email']);
});

test('a column that the contract does not know is SchemaFrozen: freeze; the remedy names file and line', async () => {
  await expect(validate(users(['id'], 'freeze'), await landed())).rejects.toMatchObject({
    code: 'SchemaFrozen',
    found: 'new: email',
    remedy: expect.stringMatching(/contracts\/postgres\/users\.yaml.*schemaPolicy to evolve/),
  });
  expect(await validate(users(['id', 'email'], 'freeze'), await landed())).toMatchObject({ rows: 5 });
});

test('a column that the batch lacks is ColumnMissing, whatever the policy', async () => {
  for (const policy of ['evolve', 'freeze', 'discard'] as const) {
    await expect(validate(users(['id', 'email', 'phone'], policy), await landed())).rejects.toMatchObject({
      code: 'ColumnMissing',
      expected: 'a column phone',
      found: 'id, email',
    });
  }
});

test('a batch that takes rows back has no columns of its own, and goes on', async () => {
  const landing = await landed({ mode: 'release', columns: [], chunks: [], bounds: { lower: null, upper: { batch: 1, rule: null } } });
  expect(await validate(known, landing)).toEqual({ rows: 0, hash: '0'.repeat(32), addedColumns: [] });
});

test('an empty snapshot is refused, since it would delete every row; an empty batch of changes is not', async () => {
  await expect(validate(known, await landed({ complete: true, chunks: [] }))).rejects.toMatchObject({
    code: 'EmptySnapshot',
    dataset: 'users',
  });
  expect(await validate(known, await landed({ chunks: [] }))).toMatchObject({ rows: 0, hash: '0'.repeat(32) });
  expect(await validate(known, await landed({ complete: true }))).toMatchObject({ rows: 5 });
});

test('a batch that Silver has goes on to its commit, whatever became of its objects and its contract since', async () => {
  const dataset = 'validated_in_silver';
  const landing = await landed({ dataset });
  const needsMore = contract({ dataset, columns: { id: 'text', phone: 'text' }, schemaPolicy: 'freeze' });
  await expect(validateBatch(lake, needsMore, 1, landing)).rejects.toMatchObject({ code: 'ColumnMissing' });
  await silverVersion(dataset, 0, { app: `silver.${dataset}/0`, batch: 1 });
  await silverVersion(dataset, 1, { maintenance: 'maintain' });
  const valid = { rows: 5, hash: '00000000000000010000000000000004', addedColumns: [] };
  expect(await validateBatch(lake, needsMore, 1, landing)).toEqual(valid);
  await s3.send(new DeleteObjectCommand(addressOf(`${landing}/rows-0001.parquet`)));
  expect(await validateBatch(lake, needsMore, 1, landing)).toEqual(valid);
  await expect(validateBatch(lake, needsMore, 2, landing)).rejects.toMatchObject({ code: 'ManifestMismatch' });
});
