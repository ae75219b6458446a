import { beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { readJson, writeJson } from '../../../functions/objects.ts';
import { routeResults } from '../../../functions/route-results/route-results.ts';
import { createBucket } from '../bucket.ts';

let results: string;
beforeAll(async () => {
  results = `s3://${await createBucket()}/runs/run/results`;
});

test('what a layer took goes on; what failed in it stops with its own error', async () => {
  const datasets = {
    users: { status: 'ok', rows: 3 },
    orders: { status: 'failed', error: 'MassDeletion', cause: 'too many' },
    stock: { status: 'ok' },
  };
  await writeJson(`${results}/bronze.json`, { layer: 'bronze', run: 'run', datasets });
  expect(await routeResults({ run: 'run', results, layer: 'bronze' })).toEqual({
    ok: ['users', 'stock'],
    failed: [{ dataset: 'orders', error: 'MassDeletion', cause: 'too many' }],
  });
});

test("the landing's own answers are written down as a layer's, with the message that a person wants of a function's failure", async () => {
  const cause = JSON.stringify({ errorType: 'SchemaFrozen', errorMessage: 'orders: expected a; found b', trace: ['at x'] });
  const landed = [
    { dataset: 'users', status: 'ok' as const, rows: 3, hash: 'abc' },
    { dataset: 'orders', status: 'failed' as const, error: 'SchemaFrozen', cause },
  ];
  expect(await routeResults({ run: 'run', results, layer: 'landing', landed })).toEqual({
    ok: ['users'],
    failed: [{ dataset: 'orders', error: 'SchemaFrozen', cause: 'orders: expected a; found b' }],
  });
  expect(await readJson(`${results}/landing.json`, z.unknown())).toEqual({
    layer: 'landing',
    run: 'run',
    datasets: {
      users: { status: 'ok', rows: 3, hash: 'abc' },
      orders: { status: 'failed', error: 'SchemaFrozen', cause: 'orders: expected a; found b' },
    },
  });
});

test('a step that ended well and left no results is ResultsMissing, with the place', async () => {
  await expect(routeResults({ run: 'run', results, layer: 'silver' })).rejects.toMatchObject({
    code: 'ResultsMissing',
    expected: expect.stringContaining(`${results}/silver.json`),
  });
});

test('results of another shape are ObjectInvalid, never half of them', async () => {
  await writeJson(`${results}/gold.json`, { layer: 'gold', run: 'run', datasets: { dim_users: { status: 'done' } } });
  await expect(routeResults({ run: 'run', results, layer: 'gold' })).rejects.toMatchObject({ code: 'ObjectInvalid' });
});

test.each([
  ['{"errorMessage":"a message"}', 'a message'],
  ['{"errorMessage":null}', '{"errorMessage":null}'],
  ['null', 'null'],
  ['plain words', 'plain words'],
])('of the cause %s a person reads: %s', async (cause, message) => {
  const landed = [{ dataset: 'users', status: 'failed' as const, error: 'SourceBusy', cause }];
  const { failed } = await routeResults({ run: 'run', results, layer: 'landing', landed });
  expect(failed).toEqual([{ dataset: 'users', error: 'SourceBusy', cause: message }]);
});
