import { DynamoDBClient, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, expect, test } from '@jest/globals';
import { ledgerClient } from '../../../functions/aws/dynamodb.ts';
import { LeaseLost } from '../../../functions/errors.ts';
import { Ledger } from '../../../functions/ledger/ledger.ts';
import { type Unit, unitOf } from '../../../functions/ledger/unit.ts';
import { createLedgerTable, LEDGER_TABLE } from '../ledger-table.ts';

beforeAll(createLedgerTable);
const ledger = new Ledger(ledgerClient, LEDGER_TABLE);

const first = { plan: 's3://landing/plan', mode: 'incremental', execution: 'run-1', at: '2026-01-01T00:00:00Z' };
const commitOf = (unit: Unit, seq: number, token: number, watermarkBefore: string | undefined, watermark: string) => ({
  unit,
  seq,
  token,
  watermarkBefore,
  set: { watermark, receipt: { seq, hash: `hash-${seq}` }, silverVersion: seq },
  outcome: { receipt: `s3://receipts/${seq}` },
  at: '2026-01-01T01:00:00Z',
});
/** Everything the ledger keeps of a unit, as DynamoDB has it. */
const itemsOf = async (unit: Unit) =>
  (
    await ledgerClient.send(
      new QueryCommand({
        TableName: LEDGER_TABLE,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': unit },
        ConsistentRead: true,
      }),
    )
  ).Items;

test('a free unit is taken with token 1, kept by its owner with the same token, and refused to another', async () => {
  const unit = unitOf('taken');
  expect((await ledger.takeLease(unit, 'run-1'))?.token).toBe(1);
  expect((await ledger.takeLease(unit, 'run-1'))?.token).toBe(1);
  expect(await ledger.takeLease(unit, 'run-2')).toBeUndefined();
  expect((await ledger.head(unit)).lease).toEqual({ owner: 'run-1', token: 1 });
});

test('of eight runs that take a free unit at once exactly one has it', async () => {
  const unit = unitOf('contended');
  const owners = Array.from({ length: 8 }, (_, index) => `run-${index}`);
  const taken = (await Promise.all(owners.map((owner) => ledger.takeLease(unit, owner)))).filter((head) => head !== undefined);
  expect(taken).toHaveLength(1);
  expect((await ledger.head(unit)).lease).toEqual(taken[0]?.lease);
  expect(taken[0]?.token).toBe(1);
});

test('of eight runs that take over from the same dead run exactly one has it, with the next token', async () => {
  const unit = unitOf('taken-over');
  const dead = (await ledger.takeLease(unit, 'dead'))?.lease;
  const owners = Array.from({ length: 8 }, (_, index) => `run-${index}`);
  const taken = (await Promise.all(owners.map((owner) => ledger.takeLease(unit, owner, dead)))).filter((head) => head !== undefined);
  expect(taken).toHaveLength(1);
  expect(taken[0]?.token).toBe(2);
});

test('a lease is replaced as a whole only: same owner with another token, or same token with another owner, stays', async () => {
  const unit = unitOf('replaced');
  await ledger.takeLease(unit, 'dead');
  expect(await ledger.takeLease(unit, 'run-2', { owner: 'dead', token: 7 })).toBeUndefined();
  expect(await ledger.takeLease(unit, 'run-2', { owner: 'someone', token: 1 })).toBeUndefined();
  expect((await ledger.takeLease(unit, 'run-2', { owner: 'dead', token: 1 }))?.lease).toEqual({ owner: 'run-2', token: 2 });
});

test('a token is never given twice, however often a unit is freed and taken', async () => {
  const unit = unitOf('tokens');
  const tokens: (number | undefined)[] = [];
  for (const owner of ['a', 'b', 'a', 'c']) {
    const head = await ledger.takeLease(unit, owner);
    tokens.push(head?.token);
    await ledger.release(unit, head?.token ?? 0);
  }
  expect(tokens).toEqual([1, 2, 3, 4]);
});

test('an old run that comes back after it was replaced can neither open, commit nor release', async () => {
  const unit = unitOf('fenced');
  const old = await ledger.takeLease(unit, 'old');
  await ledger.recordOpen(unit, { seq: 1, token: 1, ...first });
  await ledger.takeLease(unit, 'new', old?.lease);
  const before = await itemsOf(unit);

  await expect(ledger.recordOpen(unit, { seq: 2, token: 1, ...first })).rejects.toThrow(LeaseLost);
  await expect(ledger.recordCommit(commitOf(unit, 1, 1, undefined, 'w1'))).rejects.toThrow(LeaseLost);
  expect(await ledger.release(unit, 1)).toBe(false);

  expect(await itemsOf(unit)).toEqual(before);
  await ledger.recordCommit(commitOf(unit, 1, 2, undefined, 'w1'));
  expect((await ledger.head(unit)).watermark).toBe('w1');
});

test('batch numbers are dense: none is left out, none is given twice, and none while another is open', async () => {
  const unit = unitOf('dense');
  await ledger.takeLease(unit, 'run');
  await expect(ledger.recordOpen(unit, { seq: 2, token: 1, ...first })).rejects.toThrow(LeaseLost);
  await ledger.recordOpen(unit, { seq: 1, token: 1, ...first });
  await expect(ledger.recordOpen(unit, { seq: 1, token: 1, ...first })).rejects.toThrow(LeaseLost);
  await expect(ledger.recordOpen(unit, { seq: 2, token: 1, ...first })).rejects.toThrow(LeaseLost);
  await ledger.recordCommit(commitOf(unit, 1, 1, undefined, 'w1'));
  await ledger.takeLease(unit, 'run');
  await expect(ledger.recordOpen(unit, { seq: 1, token: 2, ...first })).rejects.toThrow(LeaseLost);
  await ledger.recordOpen(unit, { seq: 2, token: 2, ...first });
  expect(await ledger.head(unit)).toMatchObject({ seq: 2, openSeq: 2 });
});

test('a commit moves watermark, batch, receipt and lease at once, and says who opened the batch', async () => {
  const unit = unitOf('committed');
  await ledger.takeLease(unit, 'run-1');
  await ledger.recordOpen(unit, { seq: 1, token: 1, ...first });
  await ledger.recordJoined(unit, 1, 'run-2');
  await ledger.recordCommit(commitOf(unit, 1, 1, undefined, 'w1'));
  expect(await itemsOf(unit)).toEqual([
    {
      pk: unit,
      sk: 'BATCH#0000000001',
      state: 'committed',
      plan: 's3://landing/plan',
      mode: 'incremental',
      executions: new Set(['run-1', 'run-2']),
      openedAt: '2026-01-01T00:00:00Z',
      closedAt: '2026-01-01T01:00:00Z',
      outcome: { receipt: 's3://receipts/1' },
    },
    {
      pk: unit,
      sk: 'HEAD',
      seq: 1,
      token: 1,
      watermark: 'w1',
      receipt: { seq: 1, hash: 'hash-1' },
      silverVersion: 1,
      committedAt: '2026-01-01T01:00:00Z',
    },
  ]);
});

test('a run that joins a batch which has ended meanwhile is LeaseLost, with how it ended', async () => {
  const unit = unitOf('joined-late');
  await ledger.takeLease(unit, 'run');
  await ledger.recordOpen(unit, { seq: 1, token: 1, ...first });
  await ledger.recordCommit(commitOf(unit, 1, 1, undefined, 'w1'));
  const late = { code: 'LeaseLost', dataset: 'joined-late', expected: 'batch 1 to be open', found: 'it is committed' };
  await expect(ledger.recordJoined(unit, 1, 'late')).rejects.toMatchObject(late);
});

test('a commit whose batch is not open as it was changes nothing at all', async () => {
  const unit = unitOf('rolled-back');
  await ledger.takeLease(unit, 'run');
  await ledger.recordOpen(unit, { seq: 1, token: 1, ...first });
  await ledger.recordCommit(commitOf(unit, 1, 1, undefined, 'w1'));
  await ledger.takeLease(unit, 'run');
  await ledger.recordOpen(unit, { seq: 2, token: 2, ...first });
  const before = await itemsOf(unit);
  await expect(ledger.recordCommit(commitOf(unit, 2, 2, 'another watermark', 'w2'))).rejects.toThrow(LeaseLost);
  await expect(ledger.recordCommit(commitOf(unit, 2, 2, undefined, 'w2'))).rejects.toThrow(LeaseLost);
  await expect(ledger.recordCommit(commitOf(unit, 3, 2, 'w1', 'w2'))).rejects.toThrow(LeaseLost);
  expect(await itemsOf(unit)).toEqual(before);
});

test('a commit that comes twice changes nothing the second time, even when the next batch is open', async () => {
  const unit = unitOf('repeated');
  await ledger.takeLease(unit, 'run');
  await ledger.recordOpen(unit, { seq: 1, token: 1, ...first });
  const commit = commitOf(unit, 1, 1, undefined, 'w1');
  await ledger.recordCommit(commit);
  await ledger.takeLease(unit, 'next');
  await ledger.recordOpen(unit, { seq: 2, token: 2, ...first });
  const before = await itemsOf(unit);
  await ledger.recordCommit(commit);
  expect(await itemsOf(unit)).toEqual(before);
});

test('of two commits of one batch at the same moment one is carried out and neither breaks it', async () => {
  const unit = unitOf('twice-at-once');
  await ledger.takeLease(unit, 'run');
  await ledger.recordOpen(unit, { seq: 1, token: 1, ...first });
  const both = await Promise.allSettled([1, 2].map(() => ledger.recordCommit(commitOf(unit, 1, 1, undefined, 'w1'))));
  expect(both.map(({ status }) => status)).toContain('fulfilled');
  expect(await ledger.head(unit)).toMatchObject({ seq: 1, watermark: 'w1', receipt: { seq: 1, hash: 'hash-1' } });
});

test('an abandoned batch leaves the watermark, the lease and the next number as they are, and can neither be committed nor opened again', async () => {
  const unit = unitOf('abandoned');
  await ledger.takeLease(unit, 'run');
  await ledger.recordOpen(unit, { seq: 1, token: 1, ...first });
  const abandoned = { seq: 1, reason: 'OffsetLost', at: '2026-01-01T02:00:00Z' };
  await expect(ledger.recordAbandoned(unit, { ...abandoned, token: 9 })).rejects.toThrow(LeaseLost);
  await ledger.recordAbandoned(unit, { ...abandoned, token: 1 });
  expect(await itemsOf(unit)).toMatchObject([
    { state: 'abandoned', reason: 'OffsetLost', closedAt: '2026-01-01T02:00:00Z' },
    { seq: 1, token: 1, lease: { owner: 'run', token: 1 } },
  ]);
  expect((await ledger.head(unit)).openSeq).toBeUndefined();
  await expect(ledger.recordCommit(commitOf(unit, 1, 1, undefined, 'w1'))).rejects.toThrow(LeaseLost);
  await expect(ledger.recordOpen(unit, { seq: 1, token: 1, ...first })).rejects.toThrow(LeaseLost);
  await ledger.recordOpen(unit, { seq: 2, token: 1, ...first });
  expect(await ledger.head(unit)).toMatchObject({ seq: 2, openSeq: 2 });
});

test('LeaseLost names the dataset and the token it expected, and says that this run stops', async () => {
  const unit = unitOf('named');
  await ledger.takeLease(unit, 'run');
  await expect(ledger.recordOpen(unit, { seq: 1, token: 9, ...first })).rejects.toMatchObject({
    code: 'LeaseLost',
    dataset: 'named',
    message: expect.stringMatching(/token 9.*newer run.*this one stops here/),
  });
});

test('freeing a unit that had nothing new moves the time its source was seen, and nothing else', async () => {
  const unit = unitOf('observed');
  const head = await ledger.takeLease(unit, 'run');
  await ledger.release(unit, head?.token ?? 0, '2026-01-02T00:00:00Z');
  const { Item } = await ledgerClient.send(new GetCommand({ TableName: LEDGER_TABLE, Key: { pk: unit, sk: 'HEAD' } }));
  expect(Item).toEqual({ pk: unit, sk: 'HEAD', token: 1, observedAt: '2026-01-02T00:00:00Z' });
});

test('a confirmation that comes late does not undo a later one', async () => {
  const unit = unitOf('confirmed');
  await ledger.recordConfirmed(unit, 1);
  await ledger.recordConfirmed(unit, 4);
  await ledger.recordConfirmed(unit, 3);
  expect((await ledger.head(unit)).confirmedSeq).toBe(4);
});

test('a transaction that DynamoDB cancelled for a conflict is not taken for a lost lease', async () => {
  const conflict = new TransactionCanceledException({
    message: 'Transaction cancelled',
    CancellationReasons: [{ Code: 'TransactionConflict' }, { Code: 'None' }],
    $metadata: {},
  });
  // The emulator carries out one request after the other, so that conflicts never happen there.
  const conflicted = DynamoDBDocumentClient.from(new DynamoDBClient({}));
  conflicted.middlewareStack.add(() => async () => Promise.reject(conflict), { step: 'initialize' });
  await expect(new Ledger(conflicted, LEDGER_TABLE).recordOpen(unitOf('any'), { seq: 1, token: 1, ...first })).rejects.toBe(conflict);
});
