import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { type Evidence, judge } from '../../../cli/receipts/judge.ts';
import { chained, type ReceiptRead } from '../../../cli/receipts/receipt-chain.ts';

/** Layer hashes are sums: these add up by eye. */
const sums = (rows: number, value: number) => ({ rows, hash: `${'0'.repeat(16)}${value.toString(16).padStart(16, '0')}` });
const minus = (rows: number, value: number) => ({ rows: -rows, hash: `${'0'.repeat(16)}${(2n ** 64n - BigInt(value)).toString(16)}` });
const NONE = { wrong: 0, unknown: 0 };
const outcomes = { read: 0, inserted: 0, updated: 0, unchanged: 0, superseded: 0, deleted: 0, quarantined: 1 };
const landed = (seq: number) => `users/batch=000000000${seq}/rows-0001.parquet`;

/** The first batch brings rows worth 5 + 7 and sets one aside; the second replaces the 5 by an 11. */
const receipts: ReceiptRead[] = [
  {
    dataset: 'users',
    seq: 1,
    mode: 'incremental',
    landing: { ...sums(3, 15), objects: [{ key: landed(1), ...sums(3, 15) }] },
    bronze: sums(3, 15),
    silver: { outcomes, content: { before: sums(0, 0), changes: { '1': sums(2, 12) }, after: sums(2, 12) } },
    previous: null,
  },
  {
    dataset: 'users',
    seq: 2,
    mode: 'incremental',
    landing: { ...sums(1, 4), objects: [{ key: landed(2), ...sums(1, 4) }] },
    bronze: sums(1, 4),
    silver: {
      outcomes: { ...outcomes, quarantined: 0 },
      content: { before: sums(2, 12), changes: { '1': minus(1, 5), '2': sums(1, 11) }, after: sums(2, 18) },
    },
    previous: 'hash of the first',
  },
];
const untouched: Evidence = {
  dataset: 'users',
  receipts,
  bucket: 'landing',
  present: new Set([1, 2].map((seq) => `s3://landing/${landed(seq)}`)),
  measured: {
    status: 'ok',
    landing: { [`s3://landing/${landed(1)}`]: sums(3, 15), [`s3://landing/${landed(2)}`]: sums(1, 4) },
    bronze: { '1': { ...sums(3, 15), ...NONE }, '2': { ...sums(1, 4), ...NONE } },
    silver: { '1': { ...sums(1, 7), ...NONE }, '2': { ...sums(1, 11), ...NONE } },
    quarantine: { '1': { ...sums(1, 3), ...NONE } },
  },
  withoutReceipt: new Set(),
};
const { measured } = untouched;
const judged = (changes: Partial<Evidence['measured']>, others: Partial<Evidence> = {}) =>
  judge({ ...untouched, measured: { ...measured, ...changes }, ...others }).map(({ layer, batch }) => `${layer} ${batch}`);

test('of a lake as its receipts say nothing is found', () => {
  expect(judge(untouched)).toEqual([]);
});

test.each([
  ['a landed value altered', { landing: { ...measured.landing, [`s3://landing/${landed(2)}`]: sums(1, 5) } }, 'landing 2'],
  ['a landed row missing', { landing: { ...measured.landing, [`s3://landing/${landed(1)}`]: sums(2, 10) } }, 'landing 1'],
  ['a value of Bronze altered', { bronze: { ...measured.bronze, '1': { ...sums(3, 16), ...NONE } } }, 'bronze 1'],
  ['a batch of Bronze missing', { bronze: { '1': { ...sums(3, 15), ...NONE } } }, 'bronze 2'],
  ['a row in Bronze of no batch', { bronze: { ...measured.bronze, '': { ...sums(1, 1), ...NONE } } }, 'bronze undefined'],
  ['a batch in Bronze that has no receipt', { bronze: { ...measured.bronze, '7': { ...sums(1, 1), ...NONE } } }, 'bronze 7'],
  ['a value of Silver altered', { silver: { ...measured.silver, '1': { ...sums(1, 8), ...NONE, wrong: 1 } } }, 'silver 1'],
  ['a row of Silver missing', { silver: { '1': { ...sums(1, 7), ...NONE } } }, 'silver 2'],
  ['a row added to Silver', { silver: { ...measured.silver, '2': { ...sums(2, 13), ...NONE } } }, 'silver 2'],
  [
    'a row of Silver that Bronze does not know',
    { silver: { ...measured.silver, '1': { ...sums(1, 7), wrong: 0, unknown: 1 } } },
    'silver 1',
  ],
  ['a row of quarantine missing', { quarantine: {} }, 'quarantine 1'],
  ['a row of quarantine that Bronze does not know', { quarantine: { '1': { ...sums(1, 3), wrong: 0, unknown: 1 } } }, 'quarantine 1'],
])('%s is found, by batch and layer, and nothing else', (_what, changes, found) => {
  expect(judged(changes)).toEqual([found]);
});

test('a landed object that is gone, and one that nobody wrote down, are found; a batch that is gone as a whole is no loss', () => {
  const twoObjects = {
    ...receipts[0],
    landing: {
      ...sums(4, 17),
      objects: [
        { key: landed(1), ...sums(3, 15) },
        { key: 'users/batch=0000000001/rows-0002.parquet', ...sums(1, 2) },
      ],
    },
  } as ReceiptRead;
  expect(judged({}, { receipts: [twoObjects, ...receipts.slice(1)] })).toEqual(['landing 1']);
  const more = new Set([...untouched.present, 's3://landing/users/batch=0000000002/rows-0009.parquet']);
  expect(judged({}, { present: more })).toEqual(['landing 2']);
  expect(judged({ landing: { [`s3://landing/${landed(2)}`]: sums(1, 4) } }, { present: new Set([`s3://landing/${landed(2)}`]) })).toEqual(
    [],
  );
});

test('rows of a batch that was given up are nobody’s loss', () => {
  expect(judged({ bronze: { ...measured.bronze, '7': { ...sums(1, 1), ...NONE } } }, { withoutReceipt: new Set([7]) })).toEqual([]);
});

test('a table that changed between two batches is found even where counting began anew', () => {
  const [first, second] = receipts as [ReceiptRead, ReceiptRead];
  const anew = (rows: number) => ({
    ...second,
    silver: {
      ...second.silver,
      content: { before: sums(rows, 99), changes: {}, after: sums(rows, 99), measured: { '1': sums(rows, 99) } },
    },
  });
  const silver = (rows: number) => ({ silver: { '1': { ...sums(rows, 99), ...NONE } } });
  expect(judged(silver(2), { receipts: [first, anew(2)] })).toEqual([]);
  expect(judged(silver(3), { receipts: [first, anew(3)] })).toEqual(['silver 2']);
});

test('a restore begins anew: what the batches that it took once more have by then counts, not what their receipts said', () => {
  const content = { before: sums(1, 99), changes: {}, after: sums(1, 99), measured: { '2': sums(1, 99) } };
  const restore = {
    ...(receipts[1] as ReceiptRead),
    seq: 3,
    mode: 'restore' as const,
    landing: { ...sums(0, 0), objects: [] },
    bronze: sums(0, 0),
    silver: { outcomes: { ...outcomes, quarantined: 0 }, content, setAside: { '2': 1 } },
  };
  const found = { silver: { '2': { ...sums(1, 99), ...NONE } }, quarantine: { ...measured.quarantine, '2': { ...sums(1, 5), ...NONE } } };
  const evidence = { receipts: [...receipts, restore] };
  expect(judged(found, evidence)).toEqual([]);
  expect(judged({ ...found, quarantine: measured.quarantine }, evidence)).toEqual(['quarantine 2']);
});

test('a receipt that was altered, taken away or put in breaks the chain', () => {
  const first = JSON.stringify(receipts[0]);
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
  const second = JSON.stringify({ ...receipts[1], previous: sha256(first) });
  const head = { seq: 2, hash: sha256(second) };
  const broken = (...texts: [number, string][]) => chained('users', texts, head).findings.map(({ batch }) => batch);
  expect(broken([1, first], [2, second])).toEqual([]);
  expect(broken([1, first.replace('"rows":3', '"rows":4')], [2, second])).toEqual([2]);
  expect(broken([2, second])).toEqual([2]);
  expect(broken([1, first])).toEqual([2]);
  expect(broken([1, first], [2, second.replace('"rows":1', '"rows":2')])).toEqual([2]);
  expect(broken([1, first], [2, 'no receipt'])).toEqual([2, 2]);
});
