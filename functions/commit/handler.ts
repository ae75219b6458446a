/** Commits what a run loaded: a dataset's batch with its receipt, or a build of Gold. */

import * as z from 'zod';
import { contracts } from '../contract/fetch.ts';
import { environment } from '../environment.ts';
import { deployedLedger } from '../ledger/deployed-ledger.ts';
import { handlerOf } from '../middleware.ts';
import { commitBatch } from './commit-batch.ts';
import { commitGold } from './commit-gold.ts';

const Input = z.discriminatedUnion('unit', [
  z.strictObject({
    unit: z.literal('dataset'),
    run: z.string(),
    results: z.string(),
    dataset: z.string(),
    seq: z.number().int(),
    token: z.number().int(),
  }),
  z.strictObject({
    unit: z.literal('gold'),
    run: z.string(),
    results: z.string(),
    n: z.number().int(),
    token: z.number().int(),
    plan: z.string(),
  }),
]);

export const handler = handlerOf(Input, async (input) => {
  const services = { env: environment(), ledger: deployedLedger(), contracts: await contracts(), now: () => new Date() };
  return input.unit === 'gold' ? commitGold(services, input) : commitBatch(services, input);
});
