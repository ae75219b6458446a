import { expect, jest, test } from '@jest/globals';
import type { Contract } from '../../../../functions/contract/contract.ts';
import { classify } from '../../../../functions/sources/snowflake/classify.ts';
import type { SourcePlan } from '../../../../functions/sources/source.ts';
import { plan, planned } from '../planned.ts';
import { change, chunks, order, orders, useOwnSnowflake } from './snowflake-account.ts';

jest.setTimeout(60_000);
useOwnSnowflake();

const tracked = orders({ mode: 'changes', sequence: undefined, lookbackSeconds: 0, deletions: false });
const DAY = '2024-01-15 10:00:00';

/** Key, name, what was done, in the order in which it counts. */
async function told(of: Contract, found: SourcePlan): Promise<unknown[]> {
  const rows = (await chunks(of, found)).flat();
  const [operation, position, changedAt, kept] = [-4, -3, -2, -1];
  expect(rows.filter((row) => row.at(kept) !== null)).toEqual([]);
  // All that Snowflake says is by when.
  const { upper } = found.bounds as { upper: string };
  const moment = /^(\S+) ([\d:]+\.\d{3})(\d{3})/.exec(upper) ?? [];
  expect(new Set(rows.map((row) => String(row.at(changedAt))))).toEqual(
    new Set([`${Date.parse(`${moment[1]}T${moment[2]}Z`)}${moment[3]}`]),
  );
  const inOrder = rows.toSorted((one, other) => Number(BigInt(String(one.at(position))) - BigInt(String(other.at(position)))));
  return inOrder.map((row) => [row[0], row[1], row.at(operation)]).sort();
}

/** What is left of the operations of several batches: of each key the one that counts. */
async function left(of: Contract, ...batches: SourcePlan[]): Promise<Record<string, unknown>> {
  const rows = (await Promise.all(batches.map((batch) => chunks(of, batch)))).flat(2);
  const newest = new Map<unknown, (typeof rows)[number]>();
  for (const row of rows) {
    const before = newest.get(row[0]);
    if (!before || BigInt(String(row.at(-3))) > BigInt(String(before.at(-3)))) newest.set(row[0], row);
  }
  return Object.fromEntries([...newest].filter(([, row]) => row.at(-4) !== 'delete').map(([key, row]) => [String(key), row[1]]));
}

test('the table as it was, then what has changed since: insertions, updates, deletions, a key that changes, a row that comes and goes', async () => {
  await change('customer_orders', 'order_id', ...['A', 'B', 'C', 'D'].map((id) => order('insert', id, DAY, `first ${id}`)));
  const first = await planned(tracked);
  expect(first).toMatchObject({ complete: false, precision: 'exact', bounds: { lower: null } });
  expect(first.columns.slice(-4)).toEqual([
    { name: '_operation', type: 'VARCHAR' },
    { name: '_position', type: 'BIGINT' },
    { name: '_changed_at', type: 'BIGINT' },
    { name: '_kept', type: 'VARCHAR' },
  ]);
  expect(await told(tracked, first)).toEqual(['A', 'B', 'C', 'D'].map((id) => [id, `first ${id}`, 'read']));
  expect(await plan(tracked, first.watermark)).toBeUndefined();

  await change(
    'customer_orders',
    'order_id',
    order('update', 'A', DAY, 'second A'),
    order('delete', 'B', DAY),
    order('insert', 'E', DAY, 'first E'),
  );
  await change(
    'customer_orders',
    'order_id',
    order('delete', 'C', DAY),
    order('insert', 'K', DAY, 'first C'),
    order('insert', 'X', DAY, 'goes'),
  );
  await change('customer_orders', 'order_id', order('delete', 'X', DAY), order('update', 'E', DAY, 'second E'));
  const second = await planned(tracked, first.watermark);
  expect(second.bounds).toEqual({ lower: (first.bounds as { upper: string }).upper, upper: expect.any(String) });
  expect(await told(tracked, second)).toEqual([
    ['A', null, 'delete'],
    ['A', 'second A', 'insert'],
    ['B', null, 'delete'],
    ['C', null, 'delete'],
    ['E', 'second E', 'insert'],
    ['K', 'first C', 'insert'],
  ]);
  expect(await left(tracked, first, second)).toEqual({ A: 'second A', D: 'first D', E: 'second E', K: 'first C' });
});

test('a batch reads the same, however late and whatever was written since', async () => {
  await change('customer_orders', 'order_id', order('insert', 'L', DAY, 'first'));
  const first = await planned(tracked);
  await change('customer_orders', 'order_id', order('update', 'L', DAY, 'second'));
  const second = await planned(tracked, first.watermark);
  const before = await told(tracked, second);
  await change('customer_orders', 'order_id', order('update', 'L', DAY, 'third'), order('delete', 'A', DAY));
  expect(await told(tracked, second)).toEqual(before);
  expect(before).toEqual([
    ['L', null, 'delete'],
    ['L', 'second', 'insert'],
  ]);
});

test('a full load after others is the whole table, so that what it lacks is deleted, and comes after all that was told before', async () => {
  const first = await planned(tracked);
  await change('customer_orders', 'order_id', order('insert', 'M', DAY, 'first'));
  const again = await planned(tracked, first.watermark, 'full');
  expect(again).toMatchObject({ complete: true, bounds: { lower: null } });
  expect((await left(tracked, first, again)).M).toBe('first');
});

test('after half a day of quiet changes are asked for although the table says that it has none, before its past is forgotten', async () => {
  const first = await planned(tracked);
  const watermark = first.watermark as { until: string };
  const halfADay = new Date(Date.now() - 12 * 3_600_000 - 1_000).toISOString().replace('T', ' ').replace('Z', '000000 +00:00');
  expect(await plan(tracked, watermark)).toBeUndefined();
  // The stand-in has the past of a table from when it was made, which is later than half a day ago.
  await expect(plan(tracked, { ...watermark, until: halfADay })).rejects.toMatchObject({ code: 'ChangesExpired' });
});

test('a table whose changes were told until now is read from its beginning by a cursor', async () => {
  const first = await planned(tracked);
  const found = await planned(orders(), first.watermark);
  expect(found.bounds).toMatchObject({ lower: null });
  const keys = async (of: Contract, batch: SourcePlan) => (await chunks(of, batch)).flat().map(([key]) => key);
  expect((await keys(orders(), found)).sort()).toEqual((await keys(tracked, first)).sort());
});

test('changes that are kept no more are ChangesExpired, and a table whose changes nobody keeps is ChangesUnavailable', async () => {
  const first = await planned(tracked);
  const expired = plan(tracked, { ...(first.watermark as object), change: 'another', until: '2020-01-01 00:00:00.000000000 +00:00' });
  await expect(expired).rejects.toMatchObject({
    code: 'ChangesExpired',
    retry: 'never',
    message: expect.stringContaining('npx etl run --dataset customer_orders --mode full --wait'),
  });
  const untracked: Contract = {
    ...tracked,
    dataset: 'product_catalog',
    object: 'public.product_catalog',
    key: ['product_id'],
    columns: tracked.columns.slice(0, 1).map((column) => ({ ...column, name: 'product_id' })),
  };
  await expect(plan(untracked)).rejects.toMatchObject({
    code: 'ChangesUnavailable',
    retry: 'never',
    message: expect.stringContaining('ALTER TABLE "PUBLIC"."PRODUCT_CATALOG" SET CHANGE_TRACKING = TRUE'),
  });
});

test('an open batch whose past is gone is PointInTimeExpired, and planned anew', () => {
  const error = Object.assign(new Error("Change tracking is not enabled or has been missing for the time range requested on table 'T'."), {
    code: '000707',
  });
  expect(classify(error, 'customer_orders')).toMatchObject({ code: 'PointInTimeExpired', retry: 'never' });
});
