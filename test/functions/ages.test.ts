import { expect, test } from '@jest/globals';
import { agesOf } from '../../functions/ages.ts';
import { unitOf } from '../../functions/ledger/unit.ts';
import { contract } from './contracts.ts';
import { ledger, makeServices, servicesFor } from './services.ts';

makeServices();

test('a dataset is as old as the last look at its source, and stale above the age of its contract or when it was never loaded', async () => {
  for (const dataset of ['young', 'old']) {
    const { token } = (await ledger.takeLease(unitOf(dataset), 'run')) ?? { token: 0 };
    await ledger.release(unitOf(dataset), token, '2026-05-01T10:00:00Z');
  }
  const contracts = [
    contract({ dataset: 'young', columns: { id: 'text' }, freshnessHours: 2 }),
    contract({ dataset: 'old', columns: { id: 'text' }, freshnessHours: 1.5 }),
    contract({ dataset: 'never', columns: { id: 'text' } }),
  ];
  expect(await agesOf(ledger, servicesFor(contracts).contracts, new Date('2026-05-01T12:00:00Z'))).toEqual([
    { dataset: 'young', seconds: 7200, stale: false },
    { dataset: 'old', seconds: 7200, stale: true },
    { dataset: 'never', seconds: undefined, stale: true },
  ]);
});
