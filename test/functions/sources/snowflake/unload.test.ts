import { randomUUID } from 'node:crypto';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, expect, jest, test } from '@jest/globals';
import type { Connection, QueryStatus } from 'snowflake-sdk';
import { s3 } from '../../../../functions/aws/s3.ts';
import { BatchPlan, type Chunk } from '../../../../functions/batch/batch-plan.ts';
import type { StoredFile } from '../../../../functions/batch/chunk-stream.ts';
import { batchFolderIn } from '../../../../functions/batch/layout.ts';
import { Manifest } from '../../../../functions/batch/manifest.ts';
import { storedChunk } from '../../../../functions/batch/stored-chunk.ts';
import { completeLanding } from '../../../../functions/complete-landing/complete-landing.ts';
import type { Contract } from '../../../../functions/contract/contract.ts';
import { type Extracted, extractChunk } from '../../../../functions/extract/extract-chunk.ts';
import { landChunk } from '../../../../functions/landing/land-chunk.ts';
import { recordFiles } from '../../../../functions/landing/record-files.ts';
import { readJson, writeJson } from '../../../../functions/objects.ts';
import { connect } from '../../../local/snowflake/connect.ts';
import { servers } from '../../../servers/servers.ts';
import { until } from '../../../until.ts';
import { deployed } from '../../deployed.ts';
import { createRole } from '../../role.ts';
import { setSecret } from '../../secret.ts';
import { env, makeServices } from '../../services.ts';
import { planned } from '../planned.ts';
import { administer, change, openedByDriver, order, orders, products, secret, source, transactions } from './snowflake-account.ts';
import { useStandInBeside } from './stand-in-beside.ts';

jest.setTimeout(60_000);
makeServices();
let role: string;
beforeAll(async () => {
  const external = { StringEquals: { 'sts:ExternalId': 'of-the-test' } };
  const trust = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole', Condition: external };
  const bucket = `arn:aws:s3:::${env.LANDING_BUCKETS.snowflake}`;
  role = await createRole({ endpoint: servers.aws.endpoint, id: String(process.env.AWS_ACCESS_KEY_ID) }, `unload-${randomUUID()}`, trust, [
    { Effect: 'Allow', Action: 's3:PutObject', Resource: `${bucket}/*/batch=*/attempt=*` },
    { Effect: 'Allow', Action: 's3:ListBucket', Resource: bucket },
  ]);
});
useStandInBeside(() => ({ integration: { name: 'ETL_LANDING', role, external_id: 'of-the-test' } }));

/** Looks at queries, and does nothing else. */
let watcher: Connection;
beforeAll(async () => {
  watcher = await connect({ secret: secret() });
});
afterAll(() => new Promise<void>((resolve) => watcher.destroy(() => resolve())));

const signal = new AbortController().signal;
const several = { chunkRows: 2, deletions: true };
const unloaded = [orders(several), products({ chunkRows: 1 }), transactions({ chunkRows: 1 })];

beforeAll(async () => {
  await deployed(unloaded);
  await change('customer_orders', 'order_id', ...['A', 'B', 'C', "D'"].map((id) => order('insert', id, '2024-01-15 10:00:00.000001+00')));
  const product = (product_id: string, row: Record<string, string | null>) => ({ op: 'insert' as const, row: { product_id, ...row } });
  await change(
    'product_catalog',
    'product_id',
    product('P1', {
      name: 'Café "x", 茶壺\n\\N',
      unit_cost: '12345678901234.5678',
      is_active: 'true',
      attributes: '{"a": [1.10, null]}',
      updated_at: '2024-01-15 10:00:00.123456789',
    }),
    product('P2', { name: '', unit_cost: null, is_active: null, attributes: null, updated_at: null }),
    product('P3', {
      name: null,
      unit_cost: '-0.0001',
      is_active: 'false',
      attributes: '"text"',
      updated_at: '1969-12-31 23:59:59.999999999',
    }),
  );
  const booking = (transaction_id: string, occurred_at: string) => ({
    op: 'insert' as const,
    row: { transaction_id, occurred_at, posted_date: '2024-02-29', created_at: '2024-01-15 10:00:00.000001+00' },
  });
  await change(
    'financial_transactions',
    '',
    booking('12345678901234567890123456789012345678', '2024-01-15 10:00:00.123456 +05:30'),
    booking('-1', '2024-07-15 23:59:59.000001 -11:00'),
  );
});
/** More than a chunk is unloaded, as where the secret says nothing of it. */
const ofChunks = () => {
  const { unloadRows: _, ...rest } = secret();
  return rest;
};
beforeEach(() => setSecret('etl/snowflake', ofChunks()));

interface Batch {
  plan: BatchPlan;
  landing: string;
}

let seq = 0;
/** Planned and opened as a run does, at a place of its own. */
async function opened(of: Contract): Promise<Batch> {
  seq += 1;
  const { dataset, source: kind, version: contractVersion } = of;
  const landing = batchFolderIn(env.LANDING_BUCKETS.snowflake, dataset, seq);
  const header = { dataset, seq, source: kind, mode: 'incremental' as const, contractVersion, plannedAt: '2026-05-01T12:00:00Z' };
  await writeJson(`${landing}/_plan.json`, { ...header, ...(await planned(of)) });
  return { plan: (await readJson(`${landing}/_plan.json`, BatchPlan)) as BatchPlan, landing };
}

const extract = ({ plan, landing }: Batch, chunk: Chunk, ticket?: string): Promise<Extracted> =>
  extractChunk({ run: 'run', dataset: plan.dataset, chunk: chunk.id, landing, ticket }, { signal });

const ticketIn = (answer: Extracted) => (answer.status === 'pending' ? answer.ticket : '');
const queryIn = (ticket: string) => (JSON.parse(ticket) as { query: string }).query;

/** Where the state machine waits for a while, a test waits for the query to end. */
async function ended(ticket: string): Promise<void> {
  await until('the query to end', async () => !watcher.isStillRunning((await watcher.getQueryStatus(queryIn(ticket))) as QueryStatus));
}

async function untilLanded(batch: Batch, chunk: Chunk, ticket?: string): Promise<number> {
  let answer = await extract(batch, chunk, ticket);
  while (answer.status === 'pending') {
    await ended(answer.ticket);
    answer = await extract(batch, chunk, answer.ticket);
  }
  return answer.rows;
}

test.each(unloaded)('$dataset: unloaded, each chunk has the rows and the hash that it has through the driver', async (of) => {
  const batch = await opened(of);
  expect(batch.plan.chunks.length).toBeGreaterThanOrEqual(2);
  for (const { read } of batch.plan.chunks) expect(read).toMatchObject({ integration: 'ETL_LANDING' });
  await Promise.all(batch.plan.chunks.map((chunk) => untilLanded(batch, chunk)));
  await completeLanding({ dataset: of.dataset, landing: batch.landing, outcomes: `${batch.landing}/outcomes` });
  const manifest = await readJson(`${batch.landing}/_manifest.json`, Manifest);
  for (const chunk of batch.plan.chunks) {
    const stream = await openedByDriver(of, batch.plan, chunk);
    const byRows = await landChunk({
      dataset: of.dataset,
      url: `${batch.landing}/rows/${chunk.id}.parquet`,
      columns: chunk.columns,
      stream,
      signal,
    });
    await stream.close();
    const unloaded = manifest?.objects.filter((object) => object.chunk === chunk.id) ?? [];
    expect(unloaded.map(({ rows, hash }) => ({ rows, hash }))).toEqual([{ rows: byRows.rows, hash: byRows.hash }]);
    expect(unloaded[0]?.key).toMatch(new RegExp(`/attempt=1/${chunk.id}/data_[0-9a-f-]{36}_0_0_0\\.snappy\\.parquet$`));
  }
});

test('a batch of few rows is read through the driver', async () => {
  const { plan } = await opened(orders());
  expect(plan.chunks.map(({ read }) => Object.keys(read as object))).toEqual([['query'], ['query']]);
});

test('what has more rows than the secret says is unloaded, its keys as well', async () => {
  await setSecret('etl/snowflake', { ...secret(), unloadRows: 3 });
  const { plan } = await opened(orders());
  expect(plan.chunks.map(({ role, read }) => [role, (read as { integration?: string }).integration])).toEqual([
    ['rows', 'ETL_LANDING'],
    ['keys', 'ETL_LANDING'],
  ]);
});

test('without an integration in the secret all is read through the driver', async () => {
  const { integration: _, ...without } = secret();
  await setSecret('etl/snowflake', without);
  const { plan } = await opened(orders(several));
  expect(plan.chunks.length).toBeGreaterThan(1);
  expect(plan.chunks.map(({ read }) => Object.keys(read as object))).toEqual(plan.chunks.map(() => ['query']));
});

const firstOf = ({ plan }: Pick<Batch, 'plan'>) => plan.chunks[0] as Chunk;

test('no function waits: a warehouse that resumes is pending, and a function that lost the answer finds the same query', async () => {
  const batch = await opened(orders(several));
  await administer('ALTER WAREHOUSE ETL_WH SUSPEND');
  const [first, again] = [await extract(batch, firstOf(batch)), await extract(batch, firstOf(batch))];
  expect(first).toMatchObject({ status: 'pending', waitSeconds: 2 });
  expect(again).toEqual(first);
  expect(await untilLanded(batch, firstOf(batch), ticketIn(first))).toBe(2);
});

test('a query that was cancelled is submitted again, to another place', async () => {
  const batch = await opened(orders(several));
  await administer('ALTER WAREHOUSE ETL_WH SUSPEND');
  const first = ticketIn(await extract(batch, firstOf(batch)));
  await administer(`SELECT SYSTEM$CANCEL_QUERY('${queryIn(first)}')`, 'secret');
  await ended(first);
  const second = ticketIn(await extract(batch, firstOf(batch), first));
  expect(queryIn(second)).not.toBe(queryIn(first));
  expect(await untilLanded(batch, firstOf(batch), second)).toBe(2);
  const [stored] = (await storedChunk(batch.landing, firstOf(batch).id)).objects;
  expect(stored?.key).toContain('/attempt=2/');
});

test('an orphan query that finishes late does not win: its files are there, and in no manifest', async () => {
  const batch = await opened(orders({ ...several, deletions: false }));
  const chunk = firstOf(batch);
  const orphan = ticketIn(await extract(batch, chunk));
  const filesOf = async (plan: BatchPlan, ticket?: string) => {
    const request = { contract: orders(several), plan, chunk, landing: batch.landing, signal };
    const asked = ticket === undefined ? await source.read({ ...request, ticket }) : undefined;
    const known = ticket ?? (asked?.kind === 'pending' ? asked.ticket : '');
    await ended(known);
    const stream = await source.read({ ...request, ticket: known });
    if (stream.kind !== 'stored') throw new Error(`expected files; found ${stream.kind}`);
    return stream.files;
  };
  const record = (files: readonly StoredFile[]) =>
    recordFiles({ dataset: 'customer_orders', landing: batch.landing, chunk: chunk.id, columns: chunk.columns, files, signal });
  // Another execution that knows nothing of the first one's query, and is done before it.
  const stored = await filesOf({ ...batch.plan, plannedAt: 'later' });
  const [won] = await record(stored);
  // The orphan's own function measures what its query wrote, and is told what stands.
  const late = await filesOf(batch.plan, orphan);
  expect(late[0]?.url).not.toBe(stored[0]?.url);
  expect(await record(late)).toEqual([won]);
  expect(await extract(batch, chunk, orphan)).toEqual({ status: 'landed', rows: 2 });
  const { Bucket, Prefix } = { Bucket: env.LANDING_BUCKETS.snowflake, Prefix: `${batch.landing.split('/').slice(3).join('/')}/attempt=1/` };
  expect((await s3.send(new ListObjectsV2Command({ Bucket, Prefix }))).KeyCount).toBe(2);
  for (const other of batch.plan.chunks.slice(1)) await untilLanded(batch, other);
  await completeLanding({ dataset: 'customer_orders', landing: batch.landing, outcomes: `${batch.landing}/outcomes` });
  const manifest = await readJson(`${batch.landing}/_manifest.json`, Manifest);
  expect(manifest?.objects.filter(({ chunk: id }) => id === chunk.id).map(({ key }) => key)).toEqual([won?.key]);
  expect(manifest?.rows).toBe(4);
});

test('a file with other rows than its query says is StreamTruncated, and is not recorded', async () => {
  const batch = await opened(orders(several));
  const chunk = firstOf(batch);
  await untilLanded(batch, chunk);
  const [stored] = (await storedChunk(batch.landing, chunk.id)).objects;
  const files = [{ url: `s3://${env.LANDING_BUCKETS.snowflake}/${stored?.key}`, rows: 3 }];
  const recorded = recordFiles({
    dataset: 'customer_orders',
    landing: batch.landing,
    chunk: 'rows-9999',
    columns: chunk.columns,
    files,
    signal,
  });
  await expect(recorded).rejects.toMatchObject({ code: 'StreamTruncated', found: '2 rows in the file' });
});

test.each([
  { what: 'an integration that there is not', integration: 'NO_SUCH', folder: 'batch=' },
  { what: 'a place that the role of the integration may not write', integration: 'ETL_LANDING', folder: 'elsewhere=' },
])('$what is PermissionDenied, and is not tried again', async ({ integration, folder }) => {
  const { plan, landing } = await opened(orders(several));
  const chunk = { ...firstOf({ plan }), read: { ...(firstOf({ plan }).read as object), integration } };
  const request = { contract: orders(several), plan, chunk, landing: landing.replace('batch=', folder), signal };
  const first = await source.read({ ...request, ticket: undefined });
  const ticket = first.kind === 'pending' ? first.ticket : '';
  await ended(ticket);
  const refused = source.read({ ...request, ticket });
  await expect(refused).rejects.toMatchObject({
    code: 'PermissionDenied',
    retry: 'never',
    remedy: expect.stringContaining('snowflake.md'),
  });
});
