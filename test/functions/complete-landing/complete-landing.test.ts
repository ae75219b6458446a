import { createHash } from 'node:crypto';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, expect, test } from '@jest/globals';
import { s3 } from '../../../functions/aws/s3.ts';
import { Manifest } from '../../../functions/batch/manifest.ts';
import { completeLanding } from '../../../functions/complete-landing/complete-landing.ts';
import { addressOf, readJson, writeJson } from '../../../functions/objects.ts';
import { batchPlan, putChunk, putPlan } from '../batch/landed-batch.ts';
import { createBucket } from '../bucket.ts';

let bucket: string;
beforeAll(async () => {
  bucket = await createBucket();
});
const placeOf = (dataset: string) => ({
  dataset,
  landing: `s3://${bucket}/${dataset}/batch=0000000001`,
  outcomes: `s3://${bucket}/runs/run/outcomes`,
});
const manifestOf = ({ landing }: { landing: string }) => readJson(`${landing}/_manifest.json`, Manifest);
const etag = (text: string) => `"${createHash('md5').update(text).digest('hex')}"`;

test('the manifest lists every chunk in the order of the plan, and adds up those of rows', async () => {
  const place = placeOf('whole');
  const plan = batchPlan('whole');
  await putPlan(place.landing, plan);
  for (const chunk of ['keys-0001', 'rows-0002', 'rows-0001']) await putChunk(place.landing, chunk);
  expect(await completeLanding(place)).toEqual({ rows: 5, objects: 3 });
  const { chunks: _, ...header } = plan;
  const object = (chunk: string, role: string, rows: number, hash: string) => ({
    key: `whole/batch=0000000001/${chunk}.parquet`,
    etag: etag(chunk),
    bytes: 9,
    rows,
    hash,
    role,
    chunk,
  });
  expect(await manifestOf(place)).toEqual({
    ...header,
    objects: [
      object('rows-0001', 'rows', 2, 'ffffffffffffffff0000000000000001'),
      object('rows-0002', 'rows', 3, '00000000000000020000000000000003'),
      object('keys-0001', 'keys', 9, '11111111111111111111111111111111'),
    ],
    rows: 5,
    // The first halves pass 2^64 and begin anew.
    hash: '00000000000000010000000000000004',
  });
});

test('more chunks than are asked for at once are all in the manifest', async () => {
  const place = placeOf('many');
  const [first] = batchPlan('many').chunks;
  const ids = Array.from({ length: 35 }, (_, index) => `rows-${String(index).padStart(4, '0')}`);
  await putPlan(place.landing, batchPlan('many', { chunks: ids.map((id) => ({ ...first, id, role: 'rows', columns: [], read: {} })) }));
  await Promise.all(ids.map((id) => putChunk(place.landing, id)));
  await completeLanding(place);
  expect((await manifestOf(place))?.objects.map(({ chunk }) => chunk)).toEqual(ids);
});

test('a batch that landed whole is whole, though an object of it is gone since: validation says so', async () => {
  const place = placeOf('gone_since');
  await putPlan(place.landing, batchPlan('gone_since'));
  for (const chunk of ['keys-0001', 'rows-0002', 'rows-0001']) await putChunk(place.landing, chunk);
  await completeLanding(place);
  await s3.send(new DeleteObjectCommand(addressOf(`${place.landing}/rows-0001.parquet`)));
  expect(await completeLanding(place)).toEqual({ rows: 5, objects: 3 });
});

test('a manifest that is there stands, though an object was written over since', async () => {
  const place = placeOf('standing');
  await putPlan(place.landing, batchPlan('standing'));
  for (const chunk of ['rows-0001', 'rows-0002', 'keys-0001']) await putChunk(place.landing, chunk);
  await completeLanding(place);
  const before = await manifestOf(place);
  await putChunk(place.landing, 'rows-0001', 'somebody else');
  await completeLanding(place);
  expect(await manifestOf(place)).toEqual(before);
});

test('a chunk that failed for good is told with its own name and message, and there is no manifest', async () => {
  const place = placeOf('failed');
  await putPlan(place.landing, batchPlan('failed'));
  await putChunk(place.landing, 'rows-0001');
  await putChunk(place.landing, 'keys-0001');
  const cause = JSON.stringify({ errorType: 'CredentialRejected', errorMessage: 'failed: expected a; found b. To mend it: c', trace: [] });
  await writeJson(`${place.outcomes}/failed/rows-0002.json`, { Error: 'CredentialRejected', Cause: cause });
  await expect(completeLanding(place)).rejects.toMatchObject({
    name: 'CredentialRejected',
    message: 'failed: expected a; found b. To mend it: c',
  });
  expect(await manifestOf(place)).toBeUndefined();
});

test("a chunk that Step Functions gave up is told with Step Functions' name and words", async () => {
  const place = placeOf('timed-out');
  await putPlan(place.landing, batchPlan('timed-out'));
  await writeJson(`${place.outcomes}/timed-out/rows-0001.json`, { Error: 'States.Timeout', Cause: 'the task took too long' });
  await expect(completeLanding(place)).rejects.toMatchObject({
    name: 'States.Timeout',
    message: expect.stringContaining('the task took too long'),
  });
});

test('a chunk that landed in the end counts, whatever failure of an earlier try is written of it', async () => {
  const place = placeOf('mended');
  await putPlan(place.landing, batchPlan('mended'));
  for (const chunk of ['rows-0001', 'rows-0002', 'keys-0001']) await putChunk(place.landing, chunk);
  await writeJson(`${place.outcomes}/mended/rows-0001.json`, { Error: 'SourceUnreachable', Cause: 'was down' });
  expect(await completeLanding(place)).toEqual({ rows: 5, objects: 3 });
});

test('a chunk that neither landed nor failed is LandingIncomplete, with its place', async () => {
  const place = placeOf('missing');
  await putPlan(place.landing, batchPlan('missing'));
  await putChunk(place.landing, 'rows-0001');
  await putChunk(place.landing, 'keys-0001');
  await expect(completeLanding(place)).rejects.toMatchObject({
    code: 'LandingIncomplete',
    dataset: 'missing',
    expected: expect.stringContaining(`${place.landing}/rows-0002.parquet`),
  });
  expect(await manifestOf(place)).toBeUndefined();
});

test('a batch without a plan is told by name', async () => {
  await expect(completeLanding(placeOf('unplanned'))).rejects.toMatchObject({ code: 'ObjectInvalid', dataset: 'unplanned' });
});
