import { createHash } from 'node:crypto';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { expect, jest, test } from '@jest/globals';
import type { SourceKind } from '../../../config/sources.ts';
import { s3 } from '../../../functions/aws/s3.ts';
import type { BatchPlan } from '../../../functions/batch/batch-plan.ts';
import { type BatchToCommit, commitBatch } from '../../../functions/commit/commit-batch.ts';
import type { Receipt } from '../../../functions/commit/receipt.ts';
import { completeLanding } from '../../../functions/complete-landing/complete-landing.ts';
import { unitOf } from '../../../functions/ledger/unit.ts';
import { writeJson } from '../../../functions/objects.ts';
import { consumerGroup } from '../../../functions/sources/kafka/consumer-group.ts';
import { batchPlan, putChunk, putPlan } from '../batch/landed-batch.ts';
import { contract } from '../contracts.ts';
import { env, ledger, makeServices, servicesFor } from '../services.ts';

makeServices();

const outcomes = { read: 5, inserted: 5, updated: 0, unchanged: 0, superseded: 0, deleted: 0, quarantined: 0 };
const content = {
  before: { rows: 2, hash: '0'.repeat(32) },
  changes: { '1': { rows: 3, hash: '00000000000000010000000000000004' } },
  after: { rows: 5, hash: '00000000000000010000000000000004' },
};
const bronze = { status: 'ok', rows: 5, hash: '00000000000000010000000000000004' };

/** A batch that is open, landed and taken by both layers, as it is when `commit` is called. */
async function ready(
  dataset: string,
  seq: number,
  source: SourceKind = 'postgres',
  changes: Partial<BatchPlan> = {},
): Promise<BatchToCommit> {
  const results = `s3://${env.LAKE_BUCKET}/runs/${dataset}-${seq}/results`;
  const landing = `s3://${env.LANDING_BUCKETS[source]}/${dataset}/batch=${String(seq).padStart(10, '0')}`;
  const plan = batchPlan(dataset, { seq, source, watermark: { cursor: `after ${seq}` }, ...changes });
  await putPlan(landing, plan);
  for (const { id } of plan.chunks) await putChunk(landing, id);
  await completeLanding({ dataset, landing, outcomes: `${landing}/outcomes` });
  await writeJson(`${results}/bronze.json`, { layer: 'bronze', run: 'run', datasets: { [dataset]: bronze } });
  await writeJson(`${results}/silver.json`, {
    layer: 'silver',
    run: 'run',
    datasets: { [dataset]: { status: 'ok', version: seq, outcomes, deletedByAbsence: 2, content } },
  });
  const token = (await ledger.takeLease(unitOf(dataset), 'run'))?.token ?? 0;
  await ledger.recordOpen(unitOf(dataset), {
    seq,
    token,
    plan: landing,
    mode: 'incremental',
    execution: 'run',
    at: '2026-01-01T00:00:00Z',
  });
  return { dataset, seq, token, results };
}
const commit = (batch: BatchToCommit, source: SourceKind = 'postgres') =>
  commitBatch(servicesFor([contract({ dataset: batch.dataset, source, columns: { id: 'bigint' } })]), batch);

async function receiptText(dataset: string, seq: number): Promise<string> {
  const Key = `${dataset}/${String(seq).padStart(10, '0')}.json`;
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: env.RECEIPTS_BUCKET, Key }));
  return (await Body?.transformToString()) ?? '';
}
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

test('a commit stores the receipt, moves the watermark and frees the dataset', async () => {
  const batch = await ready('users', 1);
  expect(await commit(batch)).toEqual({ dataset: 'users', seq: 1, outcomes, deletedByAbsence: 2 });
  const text = await receiptText('users', 1);
  expect(JSON.parse(text)).toMatchObject({ dataset: 'users', seq: 1, silver: { outcomes, deletedByAbsence: 2, content }, previous: null });
  expect(await ledger.head(unitOf('users'))).toEqual({
    seq: 1,
    epoch: 0,
    token: 1,
    watermark: '{"cursor":"after 1"}',
    receipt: { seq: 1, hash: sha256(text) },
    silverVersion: 1,
    committedAt: '2026-05-01T12:00:00.000Z',
    observedAt: '2026-01-02T00:00:01.000Z',
    confirmedSeq: 1,
  });
});

test('a release leaves the time at which the source was last seen where it was', async () => {
  await commit(await ready('seen', 1));
  await commit(await ready('seen', 2, 'postgres', { mode: 'release', plannedAt: '2026-01-03T00:00:00.000Z' }));
  expect(await ledger.head(unitOf('seen'))).toMatchObject({ seq: 2, receipt: { seq: 2 }, observedAt: '2026-01-02T00:00:01.000Z' });
});

test('receipts are chained: each carries the hash of the bytes of the one before', async () => {
  await commit(await ready('chained', 1));
  await commit(await ready('chained', 2));
  await commit(await ready('chained', 3));
  const receipts = await Promise.all([1, 2, 3].map((seq) => receiptText('chained', seq)));
  expect(receipts.map((text) => (JSON.parse(text) as Receipt).previous)).toEqual([
    null,
    sha256(receipts[0] ?? ''),
    sha256(receipts[1] ?? ''),
  ]);
});

test('a commit that comes again changes nothing: not the receipt, not the ledger', async () => {
  const batch = await ready('again', 1);
  await commit(batch);
  const before = [await ledger.head(unitOf('again')), await receiptText('again', 1)];
  await commit(batch);
  expect([await ledger.head(unitOf('again')), await receiptText('again', 1)]).toEqual(before);
});

test('a run that died between the receipt and the ledger is followed by one that stores the same receipt', async () => {
  const batch = await ready('halfway', 1);
  const dying = jest.spyOn(ledger, 'recordCommit').mockRejectedValueOnce(new Error('the function was killed'));
  await expect(commit(batch)).rejects.toThrow('the function was killed');
  dying.mockRestore();
  const stored = await receiptText('halfway', 1);
  await commit(batch);
  expect(await receiptText('halfway', 1)).toBe(stored);
  expect((await ledger.head(unitOf('halfway'))).receipt).toEqual({ seq: 1, hash: sha256(stored) });
});

test('a second receipt with another content is ReceiptMismatch, and the first stands', async () => {
  const batch = await ready('twice', 1);
  const Key = 'twice/0000000001.json';
  await writeJson(`s3://${env.RECEIPTS_BUCKET}/${Key}`, { dataset: 'twice', seq: 1 });
  await expect(commit(batch)).rejects.toMatchObject({ code: 'ReceiptMismatch', expected: expect.stringContaining(Key) });
  expect(await receiptText('twice', 1)).toBe('{"dataset":"twice","seq":1}');
  expect((await ledger.head(unitOf('twice'))).openSeq).toBe(1);
});

test('a receipt that does not add up leaves the batch open, the watermark where it was, and no receipt', async () => {
  const batch = await ready('short', 1);
  await writeJson(`${batch.results}/bronze.json`, { layer: 'bronze', run: 'run', datasets: { short: { ...bronze, rows: 4 } } });
  await expect(commit(batch)).rejects.toMatchObject({ code: 'ReceiptMismatch' });
  expect(await ledger.head(unitOf('short'))).toMatchObject({ openSeq: 1, lease: { owner: 'run', token: 1 } });
  await expect(receiptText('short', 1)).rejects.toMatchObject({ name: 'NoSuchKey' });
});

test('a run whose lease was taken over cannot commit: LeaseLost, and the newer run can', async () => {
  const batch = await ready('fenced', 1);
  await ledger.takeLease(unitOf('fenced'), 'newer', { owner: 'run', token: 1 });
  await expect(commit(batch)).rejects.toMatchObject({ code: 'LeaseLost' });
  await commit({ ...batch, token: 2 });
  expect((await ledger.head(unitOf('fenced'))).receipt?.seq).toBe(1);
});

test.each(['bronze', 'silver'])('a batch that %s did not take is LayerFailed, with the layer and its error', async (layer) => {
  const batch = await ready(`untaken_${layer}`, 1);
  await writeJson(`${batch.results}/${layer}.json`, {
    layer,
    run: 'run',
    datasets: { [batch.dataset]: { status: 'failed', error: 'MassDeletion', cause: 'too many' } },
  });
  await expect(commit(batch)).rejects.toMatchObject({
    code: 'LayerFailed',
    expected: expect.stringContaining(layer),
    found: 'MassDeletion: too many',
  });
});

test('an old run that comes back after a later batch was committed moves nothing of the source', async () => {
  const confirm = jest.spyOn(consumerGroup, 'confirm').mockResolvedValue();
  const first = await ready('late', 1, 'kafka');
  await commit(first, 'kafka');
  await commit(await ready('late', 2, 'kafka'), 'kafka');
  const before = await ledger.head(unitOf('late'));
  await commit(first, 'kafka');
  expect(confirm).toHaveBeenCalledTimes(2);
  expect(await ledger.head(unitOf('late'))).toEqual(before);
  confirm.mockRestore();
});

test('the source is told of a commit after it was made, and again when the run died before it was told', async () => {
  const batch = await ready('told', 1, 'kafka');
  const confirm = jest.spyOn(consumerGroup, 'confirm').mockRejectedValueOnce(new Error('the function was killed')).mockResolvedValue();
  await expect(commit(batch, 'kafka')).rejects.toThrow('the function was killed');
  expect(await ledger.head(unitOf('told'))).toMatchObject({ receipt: { seq: 1 }, watermark: '{"cursor":"after 1"}' });
  expect((await ledger.head(unitOf('told'))).confirmedSeq).toBeUndefined();
  await commit(batch, 'kafka');
  expect(confirm.mock.lastCall).toEqual([expect.objectContaining({ dataset: 'told' }), { cursor: 'after 1' }]);
  expect((await ledger.head(unitOf('told'))).confirmedSeq).toBe(1);
  confirm.mockRestore();
});
