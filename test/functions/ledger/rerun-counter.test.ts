import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, expect, test } from '@jest/globals';
import { ledgerClient } from '../../../functions/aws/dynamodb.ts';
import { countRerun } from '../../../functions/ledger/rerun-counter.ts';
import { createLedgerTable, LEDGER_TABLE } from '../ledger-table.ts';

beforeAll(createLedgerTable);
const limit = { maxPerWindow: 3, windowHours: 6 };
const count = (dataset: string, at: string) => countRerun(ledgerClient, LEDGER_TABLE, dataset, limit, new Date(at));

test('of ten machines that count one dataset at once exactly as many may start it as the limit says', async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => count('contended', '2026-03-01T13:30:00Z')));
  expect(answers.filter((allowed) => allowed)).toHaveLength(3);
  expect(await count('contended', '2026-03-01T17:59:59Z')).toBe(false);
});

test('the next window and another dataset count for themselves', async () => {
  for (let time = 0; time < 3; time += 1) await count('spent', '2026-03-01T13:30:00Z');
  expect(await count('spent', '2026-03-01T13:30:00Z')).toBe(false);
  expect(await count('spent', '2026-03-01T18:00:00Z')).toBe(true);
  expect(await count('other', '2026-03-01T13:30:00Z')).toBe(true);
});

test('a count lies under the start of its window and expires one window after its end', async () => {
  await count('kept', '2026-03-01T13:30:00Z');
  const { Item } = await ledgerClient.send(
    new GetCommand({ TableName: LEDGER_TABLE, Key: { pk: 'RERUN#kept', sk: '2026-03-01T12:00:00.000Z' } }),
  );
  expect(Item).toMatchObject({ count: 1, expires: Date.parse('2026-03-02T00:00:00Z') / 1000 });
});
