import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Manifest, manifestFrom } from '../../../functions/batch/manifest.ts';
import { receiptHash, receiptOf } from '../../../functions/commit/receipt.ts';
import { Outcomes } from '../../../functions/run/layer-results.ts';
import { batchPlan, SAYS } from '../batch/landed-batch.ts';

const plan = batchPlan('users');
const manifest: Manifest = manifestFrom(
  plan,
  plan.chunks.map(({ id, role }) => ({
    key: `users/${id}.parquet`,
    etag: '"e"',
    bytes: 1,
    role,
    chunk: id,
    rows: 0,
    hash: '',
    ...SAYS[id],
  })),
);
const { rows, hash } = manifest;
const bronze = { status: 'ok', rows, hash } as const;
const outcomes: Outcomes = { read: 5, inserted: 2, updated: 1, unchanged: 0, superseded: 1, deleted: 0, quarantined: 1 };
/** Five rows were there; the batch adds three and takes the place of one, and four go. */
const content = {
  before: { rows: 5, hash: '00000000000000050000000000000005' },
  changes: { '0': { rows: -5, hash: 'fffffffffffffffb0000000000000000' }, '1': { rows: 3, hash: '00000000000000020000000000000002' } },
  after: { rows: 3, hash: '00000000000000020000000000000007' },
};
const silver = { status: 'ok', version: 3, outcomes, deletedByAbsence: 4, content } as const;

test('a receipt says what landed, what Bronze took, what became of each row, and which receipt it follows', () => {
  expect(receiptOf(manifest, bronze, silver, 'hash-of-the-one-before')).toEqual({
    dataset: 'users',
    seq: 1,
    contractVersion: '1.0.0',
    mode: 'incremental',
    precision: 'exact',
    bounds: { lower: null, upper: '2026-01-02 00:00:00+00' },
    landing: {
      rows: 5,
      hash: '00000000000000010000000000000004',
      objects: [
        { key: 'users/rows-0001.parquet', rows: 2, hash: 'ffffffffffffffff0000000000000001' },
        { key: 'users/rows-0002.parquet', rows: 3, hash: '00000000000000020000000000000003' },
        { key: 'users/keys-0001.parquet', rows: 9, hash: '11111111111111111111111111111111' },
      ],
    },
    bronze: { rows: 5, hash: '00000000000000010000000000000004' },
    silver: { outcomes, deletedByAbsence: 4, content },
    previous: 'hash-of-the-one-before',
  });
});

test.each([
  ['Bronze has a row less', { ...bronze, rows: 4 }, silver],
  ['Bronze has other rows, as many', { ...bronze, hash: '00000000000000010000000000000005' }, silver],
  ['Silver read a row less', bronze, { ...silver, outcomes: { ...outcomes, read: 4, inserted: 1 } }],
  ['a row has no outcome', bronze, { ...silver, outcomes: { ...outcomes, inserted: 1 } }],
  ['a row has two outcomes', bronze, { ...silver, outcomes: { ...outcomes, deleted: 1 } }],
  ['Silver says nothing of its rows', bronze, { status: 'ok' as const }],
  ['Silver says nothing of its content', bronze, { ...silver, content: undefined }],
  ['the table has a row more than its changes make', bronze, { ...silver, content: { ...content, after: { ...content.after, rows: 4 } } }],
  [
    'the table has another row than its changes make',
    bronze,
    { ...silver, content: { ...content, after: { ...content.after, hash: hash } } },
  ],
])('ReceiptMismatch when %s', (_what, taken, told) => {
  expect(() => receiptOf(manifest, taken, told, null)).toThrow(
    expect.objectContaining({ code: 'ReceiptMismatch', retry: 'never', dataset: 'users', expected: expect.stringContaining('batch 1') }),
  );
});

test('rows taken back are Bronze above what landed, by content, and each has its outcome', () => {
  const landed: Manifest = { ...manifest, mode: 'release', objects: [], rows: 0, hash: '0'.repeat(32) };
  const takenBack = { rows, hash };
  expect(receiptOf(landed, { ...bronze, takenBack }, silver, null)).toMatchObject({
    mode: 'release',
    landing: { rows: 0, objects: [] },
    bronze: { rows: 5, hash, takenBack },
  });
  const others = { ...takenBack, hash: '00000000000000010000000000000005' };
  for (const taken of [bronze, { ...bronze, takenBack: others }, { ...bronze, takenBack: { ...takenBack, rows: 4 } }])
    expect(() => receiptOf(landed, taken, silver, null)).toThrow(expect.objectContaining({ code: 'ReceiptMismatch' }));
});

test('each outcome counts once, and rows deleted by absence are none of the batch', () => {
  const count = fc.nat({ max: 1000 });
  const drawn = fc.record({ inserted: count, updated: count, unchanged: count, superseded: count, deleted: count, quarantined: count });
  fc.assert(
    fc.property(drawn, count, fc.integer({ min: -1, max: 1 }), (counts, deletedByAbsence, off) => {
      const read = Object.values(counts).reduce((sum, each) => sum + each, 0);
      const make = () =>
        receiptOf(
          { ...manifest, rows: read + off },
          { ...bronze, rows: read + off },
          { ...silver, outcomes: { read: read + off, ...counts }, deletedByAbsence },
          null,
        );
      if (off === 0) expect(make().silver).toEqual({ outcomes: { read, ...counts }, deletedByAbsence, content });
      else expect(make).toThrow('one outcome for each');
    }),
  );
});

test('the same batch gives the same bytes and so the same hash, whatever the order in which Spark wrote the counts', () => {
  const once = receiptOf(manifest, bronze, silver, null);
  const again = receiptOf(structuredClone(manifest), { hash, rows, status: 'ok' }, structuredClone(silver), null);
  expect(JSON.stringify(again)).toBe(JSON.stringify(once));
  expect(receiptHash(once)).toBe(createHash('sha256').update(JSON.stringify(once)).digest('hex'));
  const reordered = { quarantined: 1, superseded: 1, deleted: 0, unchanged: 0, updated: 1, inserted: 2, read: 5 };
  expect(receiptHash(receiptOf(manifest, bronze, { ...silver, outcomes: Outcomes.parse(reordered) }, null))).toBe(receiptHash(once));
});

test('a receipt hangs on the one before: another predecessor, another hash', () => {
  const after = (previous: string | null) => receiptHash(receiptOf(manifest, bronze, silver, previous));
  expect(new Set([after(null), after('a'), after('b')]).size).toBe(3);
});
