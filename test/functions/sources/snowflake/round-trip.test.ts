/** Extreme and awkward values from Snowflake's tables to the landed Parquet and back: what was written is what Arrow reads, to the last digit. */
import { beforeAll, expect, jest, test } from '@jest/globals';
import { layerHash } from '../../../layer-hash.ts';
import { createBucket } from '../../bucket.ts';
import { contract } from '../../contracts.ts';
import { landed } from '../landed.ts';
import { planned } from '../planned.ts';
import { change, order, useOwnSnowflake } from './snowflake-account.ts';

jest.setTimeout(120_000);
useOwnSnowflake();
let bucket: string;
beforeAll(async () => {
  bucket = await createBucket();
});

type Row = Record<string, string | null>;

async function expectAsWritten(
  table: string,
  key: string,
  columns: Record<string, string>,
  written: Row[],
  expected = written,
): Promise<void> {
  await change(table, key, ...written.map((row) => ({ op: 'insert' as const, row })));
  const of = contract({
    dataset: table,
    source: 'snowflake',
    object: table,
    columns,
    key: [key],
    schemaPolicy: 'discard',
    load: { mode: 'snapshot' },
  });
  const found = await landed(bucket, of, await planned(of));
  const texts = expected.map((row) => Object.keys(columns).map((name) => row[name] ?? null));
  const sorted = (rows: unknown[]) => rows.map((row) => JSON.stringify(row)).sort();
  expect(found.names).toEqual(Object.keys(columns));
  expect(sorted(found.rows)).toEqual(sorted(texts));
  expect(found.hashes).toEqual([layerHash(texts)]);
}

test('texts: null apart from empty, quotes, backslashes, line ends, marks of order and direction, letters of any script, a megabyte', async () => {
  const texts = ['', ' ', '\\N', 'NULL', 'say "hi", it\'s', 'back\\slash\\', 'line\nfeed', 'return\r\n', '\t\u0007', '👩‍👩‍👧 🇨🇭 日本'];
  texts.push('e\u0301 and \u00e9', '\ufeffmark', '\u200fleft\u200e\u2028', `${'x"\\\n🙂,'.repeat(130_000)}`);
  const rows = [null, ...texts].map((name, index) => ({ product_id: `P${index}`, name, sku: 'x' }));
  await expectAsWritten('product_catalog', 'product_id', { product_id: 'varchar', name: 'varchar', sku: 'varchar' }, rows);
});

test('numbers of 38 digits, times with their offset, days at the ends of the calendar', async () => {
  const time = (occurred_at: string, posted_date: string, created_at: string) => ({ occurred_at, posted_date, created_at });
  const rows = [
    {
      transaction_id: '9'.repeat(38),
      amount: '9999999999999999.99',
      ...time('1700-01-02 00:00:00 +14:00', '1700-01-01', '1700-01-01 00:00:00.000001+00'),
    },
    {
      transaction_id: `-${'9'.repeat(38)}`,
      amount: '-0.01',
      ...time('2250-12-31 23:59:59.999999 -12:00', '2250-12-31', '2250-12-31 23:59:59.999999+00'),
    },
    // The hour that Zürich has twice, and the one that it has not.
    { transaction_id: '0', amount: '0.00', ...time('2024-10-27 02:30:00 +02:00', '2024-02-29', '2024-10-27 02:30:00+01') },
    { transaction_id: '1', amount: null, ...time('2024-03-31 01:59:59.999999 +05:45', '1970-01-01', '2024-03-31 01:59:59.999999+01') },
  ];
  const lands = [
    time('1700-01-02 00:00:00.000000000+14:00', '1700-01-01', '1700-01-01 00:00:00.000001000+00:00'),
    time('2250-12-31 23:59:59.999999000-12:00', '2250-12-31', '2250-12-31 23:59:59.999999000+00:00'),
    time('2024-10-27 02:30:00.000000000+02:00', '2024-02-29', '2024-10-27 01:30:00.000000000+00:00'),
    time('2024-03-31 01:59:59.999999000+05:45', '1970-01-01', '2024-03-31 00:59:59.999999000+00:00'),
  ];
  const columns = {
    transaction_id: 'number(38,0)',
    amount: 'number(18,2)',
    occurred_at: 'timestamp_tz(6)',
    posted_date: 'date',
    created_at: 'timestamp_ltz(6)',
  };
  const expected = rows.map((row, index) => ({ ...row, ...lands[index] }));
  await expectAsWritten('financial_transactions', 'transaction_id', columns, rows, expected);
});

test('a column is read under the name that Snowflake spells and lands under the name of the contract, once', async () => {
  await change('customer_orders', 'order_id', order('insert', 'A', '2024-01-15 10:00:00+00', 'Zoë'));
  const of = contract({
    dataset: 'customer_orders',
    source: 'snowflake',
    columns: { id: 'varchar', name: 'varchar', changed: 'timestamp_ltz' },
    key: ['id'],
  });
  const spelled = ['ORDER_ID', 'CUSTOMER_NAME', 'UPDATED_AT'];
  const columns = of.columns.map((column, index) => ({ ...column, physicalName: spelled[index] }));
  const renamed = { ...of, columns, load: { ...of.load, sequence: 'changed', deletions: true } };
  const plan = await planned(renamed);
  const found = await landed(bucket, renamed, plan);
  expect(found.names.slice(0, 4)).toEqual(['id', 'name', 'changed', 'customer_id']);
  expect(found.names).not.toContain('order_id');
  expect(found.rows.map((row) => row.slice(0, 3))).toEqual([['A', 'Zoë', '2024-01-15 10:00:00.000000000+00:00']]);
  const [id, ...others] = columns;
  const misspelt = { ...renamed, columns: [{ ...(id as (typeof columns)[0]), physicalName: 'Order_Id' }, ...others] };
  await expect(planned(misspelt)).rejects.toMatchObject({ code: 'ColumnMissing', expected: expect.stringContaining('Order_Id') });
});
