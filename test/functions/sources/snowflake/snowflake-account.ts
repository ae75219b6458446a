/** The stand-in for a test file: its loader fills the tables, and the source reads them as a run does. */
import { rmSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import type { BatchPlan, Chunk } from '../../../../functions/batch/batch-plan.ts';
import type { ChunkStream, LandedValue } from '../../../../functions/batch/chunk-stream.ts';
import type { Contract } from '../../../../functions/contract/contract.ts';
import { sourceOf } from '../../../../functions/sources/by-kind.ts';
import type { SourcePlan } from '../../../../functions/sources/source.ts';
import { environmentFolder } from '../../../../local/environment.ts';
import { connect } from '../../../local/snowflake/connect.ts';
import { startEnvironment } from '../../../local/start-environment.ts';
import { servers } from '../../../servers/servers.ts';
import { contract } from '../../contracts.ts';
import { setSecret } from '../../secret.ts';

export const source = sourceOf('snowflake');
let facts = servers.snowflake;
let folder = '';

/** The driver trusts what its process trusts. */
export const trustStandIn = () => setDefaultCACertificates([...getCACertificates('default'), facts.ca]);

export function useSnowflake(): void {
  trustStandIn();
  beforeEach(() => setSecret('etl/snowflake', facts.secret));
}

/** A stand-in for this file alone, whose tables nobody else fills. */
export function useOwnSnowflake(): void {
  let end: () => Promise<void>;
  beforeAll(async () => {
    const started = await startEnvironment(['snowflake']);
    end = started.end;
    facts = started.environment.snowflake ?? facts;
    folder = environmentFolder(started.environment.name);
    trustStandIn();
  });
  beforeEach(() => setSecret('etl/snowflake', facts.secret));
  afterAll(() => end());
}

/** Of a stand-in of the file's own: the pages of results that it has kept are gone. */
export function removeResults(): void {
  rmSync(join(folder, 'snowflake', 'data', 'results'), { recursive: true });
}

/** From then on this is the stand-in that tests and source meet. */
export function standInAt(endpoint: string): void {
  facts = { ...facts, endpoint, secret: { ...facts.secret, accessUrl: endpoint, tokenUrl: `${endpoint}/oauth/token-request` } };
}

export const secret = (changes: Partial<typeof facts.secret> = {}) => ({ ...facts.secret, ...changes });

export function orders(load: Partial<Contract['load']> = {}): Contract {
  const columns = { order_id: 'varchar', customer_name: 'varchar', total_amount: 'number(18,2)', updated_at: 'timestamp_ltz(6)' };
  return contract({
    dataset: 'customer_orders',
    source: 'snowflake',
    object: 'public.customer_orders',
    columns,
    key: ['order_id'],
    schemaPolicy: 'discard',
    load: { lookbackSeconds: 3_600, deletions: true, ...load },
  });
}

export const products = (load: Partial<Contract['load']> = {}): Contract =>
  contract({
    dataset: 'product_catalog',
    source: 'snowflake',
    object: 'product_catalog',
    columns: {
      product_id: 'varchar',
      name: 'varchar',
      unit_cost: 'number(18,4)',
      is_active: 'boolean',
      attributes: 'variant',
      updated_at: 'timestamp_ntz(9)',
    },
    key: ['product_id'],
    schemaPolicy: 'discard',
    load: { mode: 'snapshot', ...load },
  });

export const transactions = (load: Partial<Contract['load']> = {}): Contract =>
  contract({
    dataset: 'financial_transactions',
    source: 'snowflake',
    object: 'public.financial_transactions',
    columns: { transaction_id: 'number(38,0)', occurred_at: 'timestamp_tz(6)', posted_date: 'date', created_at: 'timestamp_ltz(6)' },
    key: ['transaction_id'],
    schemaPolicy: 'discard',
    load: { mode: 'append', sequence: 'created_at', ...load },
  });

/** What an administrator says, by a role that may; `as` the reader, what its owner may say of its own queries. */
export async function administer(sqlText: string, as: 'admin' | 'secret' = 'admin'): Promise<void> {
  const connection = await connect({ secret: { ...facts.secret, ...facts[as] } });
  await new Promise((resolve, reject) => {
    connection.execute({ sqlText, complete: (error, _statement, rows) => (error ? reject(error) : resolve(rows)) });
  });
  await new Promise((resolve) => connection.destroy(resolve));
}

export interface Change {
  op: 'insert' | 'update' | 'delete';
  row: Record<string, string | null>;
}

/** Applies changes in one transaction, as an application would. */
export async function change(table: string, key: string, ...changes: Change[]): Promise<void> {
  const { clientId, clientSecret, scope } = facts.admin;
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, scope });
  const { access_token } = await post('/oauth/token-request', form.toString(), { 'Content-Type': 'application/x-www-form-urlencoded' });
  const lines = changes.map((each) => JSON.stringify(each)).join('\n');
  const answer = await post(`/loader/tables/${table}?key=${key}`, lines, { Authorization: `Bearer ${access_token}` });
  if (answer.rows !== changes.length) throw new Error(`expected ${changes.length} rows to be written; found ${JSON.stringify(answer)}`);
}

export const order = (op: Change['op'], id: string, updated_at: string, customer_name: string | null = null): Change => ({
  op,
  row: { order_id: id, customer_name, total_amount: '1.50', updated_at },
});

/** Without the integration that the plan may have chosen. */
const throughDriver = (chunk: Chunk): Chunk => ({ ...chunk, read: { query: (chunk.read as { query: string }).query } });

/** A chunk's rows as they come through the driver; its caller closes the stream. */
export async function openedByDriver(of: Contract, found: SourcePlan, chunk: Chunk): Promise<Extract<ChunkStream, { kind: 'records' }>> {
  const signal = new AbortController().signal;
  const request = { contract: of, plan: found as BatchPlan, chunk: throughDriver(chunk), landing: '', ticket: undefined, signal };
  const stream = await source.read(request);
  if (stream.kind !== 'records') throw new Error(`expected records; found ${stream.kind}`);
  return stream;
}

/** The rows of each chunk of a role; what the source says it sent must be what came. */
export async function chunks(of: Contract, found: SourcePlan, role: Chunk['role'] = 'rows'): Promise<(readonly LandedValue[])[][]> {
  const read: (readonly LandedValue[])[][] = [];
  for (const chunk of found.chunks.filter((each) => each.role === role)) {
    const stream = await openedByDriver(of, found, chunk);
    const rows: (readonly LandedValue[])[] = [];
    for await (const batch of stream.batches) rows.push(...batch);
    if (stream.rowCount() !== rows.length) throw new Error(`expected ${stream.rowCount()} rows; found ${rows.length}`);
    await stream.close();
    read.push(rows);
  }
  return read;
}

/** The first column of all chunks, sorted: the keys. */
export async function keys(of: Contract, found: SourcePlan, role: Chunk['role'] = 'rows'): Promise<string[]> {
  return (await chunks(of, found, role))
    .flat()
    .map(([key]) => String(key))
    .sort();
}

function post(path: string, body: string, headers: Record<string, string>): Promise<Record<string, unknown>> {
  const { promise, resolve, reject } = Promise.withResolvers<Record<string, unknown>>();
  const sent = request(`${facts.endpoint}${path}`, { method: 'POST', ca: facts.ca, headers, agent: false }, async (response) => {
    let text = '';
    for await (const piece of response.setEncoding('utf8')) text += piece;
    resolve(JSON.parse(text));
  });
  sent.on('error', reject).end(body);
  return promise;
}
