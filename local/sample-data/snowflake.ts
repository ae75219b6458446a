/** Decides how sample rows get into the Snowflake stand-in: a step of a table as one stream to its loader, applied in one transaction. */
import { request } from 'node:https';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import type { Scale } from './scale.ts';
import { deletedKeys, filled, written } from './steps.ts';
import type { Row, Table } from './table.ts';

export interface SnowflakeWriter {
  endpoint: string;
  ca: string;
  clientId: string;
  clientSecret: string;
  scope: string;
}

interface Step {
  scale: Scale;
  seed: number;
  step: number;
}

const Token = z.object({ access_token: z.string() });
const Loaded = z.object({ success: z.literal(true), rows: z.number() });

export async function writeTables(writer: SnowflakeWriter, tables: readonly Table[], step: Step): Promise<void> {
  const token = await tokenOf(writer);
  for (const table of tables) await load(writer, token, table, lines(table, step));
}

async function tokenOf({ endpoint, ca, clientId, clientSecret, scope }: SnowflakeWriter): Promise<string> {
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret, scope });
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return Token.parse(await post(`${endpoint}/oauth/token-request`, ca, headers, Readable.from([form.toString()]))).access_token;
}

async function load({ endpoint, ca }: SnowflakeWriter, token: string, table: Table, body: Iterable<string>): Promise<void> {
  const url = new URL(`${endpoint}/loader/tables/${table.dataset}`);
  url.search = new URLSearchParams({ key: table.key.join(','), written: table.written }).toString();
  Loaded.parse(await post(url, ca, { Authorization: `Bearer ${token}` }, Readable.from(body)));
}

function* lines(table: Table, { scale, seed, step }: Step): Generator<string> {
  if (step === 0) {
    for (const row of filled(table, scale, seed)) yield line('insert', row);
    return;
  }
  for (const row of deletedKeys(table, scale, seed, step)) yield line('delete', row);
  // The column that says when a row was written is left to the clock of the load.
  for (const { kind, row } of written(table, scale, seed, step)) yield line(kind, { ...row, [table.written]: null });
}

function line(op: 'insert' | 'update' | 'delete', row: Row): string {
  const texts = Object.entries(row).map(([column, value]) => [column, value === null ? null : String(value)]);
  return `${JSON.stringify({ op, row: Object.fromEntries(texts) })}\n`;
}

async function post(url: string | URL, ca: string, headers: Record<string, string>, body: Readable): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number | undefined; text: string }>();
  const sent = request(url, { method: 'POST', ca, headers, agent: false }, async (response) => {
    let text = '';
    for await (const piece of response.setEncoding('utf8')) text += piece;
    resolve({ status: response.statusCode, text });
  });
  sent.on('error', reject);
  await pipeline(body, sent);
  const { status, text } = await promise;
  const answer = JSON.parse(text) as { success?: boolean; message?: string };
  if (status !== 200 || answer.success === false) {
    throw new Error(`sample data: expected the loader to take what it was sent; found ${status}: ${answer.message ?? 'no reason given'}`);
  }
  return answer;
}
