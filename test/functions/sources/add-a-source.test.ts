/** docs/how-to/add-a-source.md, done step by step in a copy of the checkout: what it makes reads the source that it describes. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { s3 } from '../../../functions/aws/s3.ts';
import { addressOf } from '../../../functions/objects.ts';
import { createBucket } from '../bucket.ts';
import { setSecret } from '../secret.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { type Product, Shop } from './shop.ts';

jest.setTimeout(120_000);
const run = promisify(execFile);
const checkout = join(import.meta.dirname, '../../..');
const copy = join(temporaryFolder(), 'checkout');
const shop = new Shop();
let bucket: string;
let url: string;

const STEP = /(?:In `([^`]+)`, below `([^`]+)`|New file \*\*([^*]+)\*\*):\n\n```\w+\n([\s\S]*?)```/g;

beforeAll(async () => {
  for (const name of ['config', 'contracts', 'functions', 'infra', 'package.json', 'tsconfig.json']) {
    cpSync(join(checkout, name), join(copy, name), { recursive: true });
  }
  const loads = 'test/functions/sources/load-dataset.ts';
  cpSync(join(checkout, loads), join(copy, loads));
  symlinkSync(join(checkout, 'node_modules'), join(copy, 'node_modules'));
  const steps = [...readFileSync(join(checkout, 'docs/how-to/add-a-source.md'), 'utf8').matchAll(STEP)];
  expect(steps).toHaveLength(9);
  for (const [, changed, line, made, block = ''] of steps) {
    if (made) write(made, block);
    else insertBelow(changed ?? '', line ?? '', block);
  }
  bucket = await createBucket();
  url = await shop.open();
  await setSecret('etl/shop', { url, token: shop.token });
});
afterAll(() => shop.close());

function write(file: string, text: string): void {
  mkdirSync(dirname(join(copy, file)), { recursive: true });
  writeFileSync(join(copy, file), text);
}

function insertBelow(file: string, line: string, block: string): void {
  const lines = readFileSync(join(copy, file), 'utf8').split('\n');
  expect(lines.filter((each) => each === line)).toHaveLength(1);
  lines.splice(lines.indexOf(line) + 1, 0, block.trimEnd());
  write(file, lines.join('\n'));
}

let batches = 0;
async function load(watermark: unknown = null) {
  const landing = `s3://${bucket}/shop_products/batch=${++batches}`;
  const script = join(copy, 'test/functions/sources/load-dataset.ts');
  const args = ['--no-warnings', script, 'shop_products', landing, JSON.stringify(watermark)];
  // Jest's own copy, which says where the emulator is.
  const { stdout } = await run(process.execPath, args, { env: process.env });
  return { ...(JSON.parse(stdout) as { error?: string; watermark?: unknown; bounds?: unknown }), landed: await landedAt(landing) };
}

async function landedAt(landing: string): Promise<unknown[]> {
  const { Bucket, Key } = addressOf(landing);
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: `${Key}/` }));
  const rows: unknown[] = [];
  for (const { Key: key } of Contents) {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key: key }));
    const file = join(copy, 'landed.parquet');
    writeFileSync(file, (await Body?.transformToByteArray()) ?? '');
    const duckdb = await (await DuckDBInstance.create(':memory:')).connect();
    rows.push(...(await duckdb.runAndReadAll(`SELECT * FROM '${file}' ORDER BY product_id`)).getRowObjectsJson());
    duckdb.closeSync();
  }
  return rows;
}

const product = (id: number, updated_at: string, price = '1.50'): Product => ({ product_id: `P-${id}`, price, updated_at });
const offer = (...products: Product[]) => products.forEach((each) => void shop.products.set(each.product_id, each));

test('what the document makes passes the check of types', async () => {
  const config = { extends: './tsconfig.json', include: ['config', 'functions', 'infra', 'test'] };
  writeFileSync(join(copy, 'tsconfig.copy.json'), JSON.stringify(config));
  const tsc = join(checkout, 'node_modules/typescript/bin/tsc');
  const { stdout } = await run(process.execPath, [tsc, '-p', join(copy, 'tsconfig.copy.json')]).catch((error) => error);
  expect(stdout).toBe('');
});

test('a first load lands every page with each digit, then only what has changed, then nothing', async () => {
  const first = [1, 2, 3, 4, 5].map((id) => product(id, '2026-05-01T10:00:00.000Z', `${id}234567890123456789.10`));
  offer(...first);
  const loaded = await load();
  expect(loaded.landed).toEqual(first);
  expect(loaded.bounds).toEqual({ lower: null, upper: '2026-05-01T12:00:00.000Z' });
  const changed = product(3, '2026-05-01T12:30:00.000Z', '2');
  offer(changed);
  shop.now = '2026-05-01T13:00:00.000Z';
  const next = await load(loaded.watermark);
  expect(next.landed).toEqual([changed]);
  shop.now = '2026-05-01T14:00:00.000Z';
  expect(await load(next.watermark)).toEqual({ landed: [] });
});

test('a row that became visible late is found within the lookback', async () => {
  shop.now = '2026-05-01T15:00:00.000Z';
  offer(product(6, '2026-05-01T14:55:00.000Z'));
  expect((await load({ cursor: '2026-05-01T15:00:00.000Z' })).landed).toEqual([product(6, '2026-05-01T14:55:00.000Z')]);
});

test('a shop that goes down between two pages is SourceInterrupted, and lands nothing', async () => {
  shop.pagesLeft = 2;
  expect(await load()).toEqual({ error: 'SourceInterrupted', landed: [] });
  shop.pagesLeft = Number.POSITIVE_INFINITY;
});

test('a wrong token is CredentialRejected, a shop that nobody answers for SourceUnreachable', async () => {
  await setSecret('etl/shop', { url, token: 'another' });
  expect(await load()).toEqual({ error: 'CredentialRejected', landed: [] });
  const closed = new Shop();
  const nowhere = await closed.open();
  await closed.close();
  await setSecret('etl/shop', { url: nowhere, token: shop.token });
  expect(await load()).toEqual({ error: 'SourceUnreachable', landed: [] });
});
