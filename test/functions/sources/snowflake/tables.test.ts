import { expect, jest, test } from '@jest/globals';
import type { Contract } from '../../../../functions/contract/contract.ts';
import type { Counted } from '../../../../functions/sources/counted.ts';
import { plan, planned } from '../planned.ts';
import {
  administer,
  change,
  chunks,
  keys,
  openedByDriver,
  order,
  orders,
  products,
  removeResults,
  transactions,
  useOwnSnowflake,
} from './snowflake-account.ts';

jest.setTimeout(60_000);
useOwnSnowflake();

const booking = (id: string, created_at: string) => ({
  op: 'insert' as const,
  row: { transaction_id: id, occurred_at: '2024-01-15 10:00:00.5 +05:30', posted_date: '2024-02-29', created_at },
});

test('a snapshot is the whole table, each value as exact text and nothing rounded, null apart from empty', async () => {
  await change(
    'product_catalog',
    'product_id',
    {
      op: 'insert',
      row: {
        product_id: 'P1',
        name: 'Caf\u00e9 "x", 茶壺\n',
        unit_cost: '12345678901234.5678',
        is_active: 'true',
        attributes: '{"a": [1.10, null, "\u00e9"]}',
        updated_at: '2024-01-15 10:00:00.123456789',
      },
    },
    { op: 'insert', row: { product_id: 'P2', name: '', unit_cost: null, is_active: null, attributes: null, updated_at: null } },
  );
  const found = await planned(products());
  expect(found).toMatchObject({ complete: true, precision: 'exact' });
  const [rows = []] = await chunks(products(), found);
  expect([...rows].sort()).toEqual([
    [
      'P1',
      'Caf\u00e9 "x", 茶壺\n',
      '12345678901234.5678',
      true,
      expect.stringMatching(/^\{\s*"a":\s*\[1\.10?,\s*null,\s*"\u00e9"\]\s*\}$/),
      '2024-01-15 10:00:00.123456789',
    ],
    ['P2', '', null, null, null, null],
  ]);
  expect(await plan(products(), found.watermark)).toBeUndefined();
  expect(await keys(products(), await planned(products(), found.watermark, 'full'))).toEqual(['P1', 'P2']);
});

test('an appended table: numbers beyond 64 bits, times with their offset, and later only what came since', async () => {
  const first = '12345678901234567890123456789012345678';
  await change('financial_transactions', '', booking(first, '2024-01-15 10:00:00.000001+00'));
  const found = await planned(transactions());
  expect(await chunks(transactions(), found)).toEqual([
    [[first, '2024-01-15 10:00:00.500000000+05:30', '2024-02-29', '2024-01-15 10:00:00.000001000+00:00']],
  ]);
  await change('financial_transactions', '', booking('2', '2024-01-15 10:00:00.000002+00'), booking('1', '2024-01-15 10:00:00.000000+00'));
  // The bound itself is read again, what lies below it is not.
  expect(await keys(transactions(), await planned(transactions(), found.watermark))).toEqual([first, '2'].sort());
});

test('a cursor: nothing changed is no batch, and after a change all is read from the lookback below the newest', async () => {
  await change(
    'customer_orders',
    'order_id',
    order('insert', 'A', '2024-01-15 08:59:59.999999+00'),
    order('insert', 'B', '2024-01-15 09:00:00+00'),
    order('insert', 'C', '2024-01-15 10:00:00+00'),
  );
  const first = await planned(orders());
  expect(first).toMatchObject({
    complete: false,
    precision: 'bounded',
    bounds: { lower: null, upper: '2024-01-15 10:00:00.000000000+00:00' },
  });
  expect(await keys(orders(), first)).toEqual(['A', 'B', 'C']);
  expect(await plan(orders(), first.watermark)).toBeUndefined();
  await change('customer_orders', 'order_id', order('insert', 'D', '2024-01-15 09:30:00+00'));
  const second = await planned(orders(), first.watermark);
  expect(await keys(orders(), second)).toEqual(['B', 'C', 'D']);
});

test('a table whose load mode or sequence is another by now is read from its beginning; another name of the column is the same sequence', async () => {
  const first = await planned(orders());
  const appended = orders({ mode: 'append' });
  const found = await planned(appended, first.watermark);
  expect(found.bounds).toMatchObject({ lower: null });
  expect(await keys(appended, found)).toEqual(['A', 'B', 'C', 'D']);
  expect(await plan(appended, found.watermark)).toBeUndefined();
  const calls = (name: string, physicalName: string): Contract => ({
    ...orders({ sequence: name }),
    columns: orders().columns.map((column) => (column.name === 'updated_at' ? { ...column, name, physicalName } : column)),
  });
  expect(await plan(calls('changed_at', 'UPDATED_AT'), first.watermark)).toBeUndefined();
  const { sequence, mode, object, ...unsaid } = first.watermark as Counted;
  expect([mode, object, sequence]).toEqual(['cursor', orders().object, 'UPDATED_AT']);
  expect(await plan(appended, unsaid)).toBeUndefined();
});

test('an appended table by another of its times is read from its beginning', async () => {
  const first = await planned(transactions());
  const byOccurrence = transactions({ sequence: 'occurred_at' });
  const found = await planned(byOccurrence, first.watermark);
  expect(await keys(byOccurrence, found)).toEqual(await keys(transactions(), first));
  expect(await plan(byOccurrence, found.watermark)).toBeUndefined();
});

test('every query of a batch sees the table as it was when the batch was planned', async () => {
  const found = await planned(orders());
  await change(
    'customer_orders',
    'order_id',
    order('delete', 'A', ''),
    order('update', 'B', '2024-01-15 11:00:00+00', 'changed'),
    order('insert', 'E', '2024-01-15 11:00:00+00'),
  );
  const [rows = []] = await chunks(orders(), found);
  expect(rows.map(([id, name]) => [id, name]).sort()).toEqual([
    ['A', null],
    ['B', null],
    ['C', null],
    ['D', null],
  ]);
  expect(await keys(orders(), found, 'keys')).toEqual(['A', 'B', 'C', 'D']);
  expect(await keys(orders(), await planned(orders(), found.watermark), 'keys')).toEqual(['B', 'C', 'D', 'E']);
});

test('a row dated in the future does not hide those that come before it', async () => {
  await change('customer_orders', 'order_id', order('insert', 'FUTURE', '2200-01-01 00:00:00+00'));
  const first = await planned(orders());
  await change('customer_orders', 'order_id', order('insert', 'NOW', new Date().toISOString()));
  expect(await keys(orders(), await planned(orders(), first.watermark))).toEqual(['FUTURE', 'NOW']);
});

test('a cursor by a day looks back as one by a time does, and a day in the future hides none', async () => {
  const byDay = transactions({ mode: 'cursor', sequence: 'posted_date', lookbackSeconds: 30 * 86_400 });
  const posted = (id: string, posted_date: string) => ({
    op: 'insert' as const,
    row: { ...booking(id, '2024-03-01 00:00:00+00').row, posted_date },
  });
  await change('financial_transactions', '', posted('10', '2024-02-29'), posted('11', '9999-12-31'));
  const first = await planned(byDay);
  const today = new Date().toISOString().slice(0, 10);
  expect(first.bounds).toEqual({ lower: null, upper: today });
  const at = (cursor: string) => ({ ...(first.watermark as object), cursor });
  await change('financial_transactions', '', posted('12', today), posted('13', '2024-02-01'), posted('14', '2024-01-31'));
  expect(await keys(byDay, await planned(byDay, first.watermark))).toEqual(['11', '12']);
  expect(await keys(byDay, await planned(byDay, at('2024-03-02')))).toEqual(expect.arrayContaining(['10', '12', '13']));
  expect(await keys(byDay, await planned(byDay, at('2024-03-02')))).not.toContain('14');
});

test('a row without a time is not lost', async () => {
  const { watermark } = await planned(orders());
  await change('customer_orders', 'order_id', { op: 'insert', row: { order_id: 'TIMELESS', updated_at: null } });
  expect(await keys(orders(), await planned(orders(), watermark))).toContain('TIMELESS');
  await change('customer_orders', 'order_id', { op: 'delete', row: { order_id: 'TIMELESS' } });
});

test('pieces by key are disjoint and leave out no row', async () => {
  const ids = Array.from({ length: 25 }, (_, index) => `O'${String(index).padStart(2, '0')}\\`);
  await change('customer_orders', 'order_id', ...ids.map((id) => order('insert', id, '2024-02-01 00:00:00+00')));
  const small = orders({ chunkRows: 4 });
  const found = await planned(small);
  const pieces = await chunks(small, found);
  expect(pieces.length).toBeGreaterThanOrEqual(7);
  expect(Math.max(...pieces.map((rows) => rows.length))).toBeLessThanOrEqual(4);
  expect(
    pieces
      .flat()
      .map(([id]) => id)
      .sort(),
  ).toEqual(await keys(orders(), found, 'keys'));
});

test('a result of many pieces arrives whole', async () => {
  const rows = Array.from({ length: 12_000 }, (_, index) => order('insert', `M${index}`, '2024-02-02 00:00:00+00', 'x'.repeat(100)));
  await change('customer_orders', 'order_id', ...rows);
  const found = await keys(orders(), await planned(orders()));
  expect(found.filter((id) => id.startsWith('M')).length).toBe(12_000);
  expect(new Set(found).size).toBe(found.length);
});

test('a warehouse that is suspended starts by itself; one that may not is PermissionDenied, with the statement that lets it', async () => {
  await administer('ALTER WAREHOUSE ETL_WH SUSPEND');
  expect((await planned(orders())).chunks).toHaveLength(2);
  await administer('ALTER WAREHOUSE ETL_WH SET AUTO_RESUME = FALSE');
  await administer('ALTER WAREHOUSE ETL_WH SUSPEND');
  await expect(planned(orders())).rejects.toMatchObject({
    code: 'PermissionDenied',
    remedy: expect.stringContaining('AUTO_RESUME = TRUE'),
  });
  await administer('ALTER WAREHOUSE ETL_WH RESUME');
  await administer('ALTER WAREHOUSE ETL_WH SET AUTO_RESUME = TRUE');
});

test('a page of the result that is gone midway is SourceInterrupted, and the stream is not taken for whole', async () => {
  const of = orders({ deletions: false });
  const found = await planned(of);
  const [chunk] = found.chunks;
  if (!chunk) throw new Error('expected a chunk');
  const stream = await openedByDriver(of, found, chunk);
  removeResults();
  let rows = 0;
  const read = async () => {
    for await (const batch of stream.batches) rows += batch.length;
  };
  await expect(read()).rejects.toMatchObject({ code: 'SourceInterrupted', retry: 'backoff' });
  expect(rows).toBeLessThan(stream.rowCount());
  await stream.close();
});
