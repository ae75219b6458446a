/** Plans a run: which datasets have something new, what is read of each, and whether a cluster is needed at all. */
import * as z from 'zod';
import { ledgerClient } from '../aws/dynamodb.ts';
import { emr } from '../aws/emr.ts';
import { stepFunctions } from '../aws/step-functions.ts';
import { Mode } from '../batch/batch-plan.ts';
import { contracts } from '../contract/fetch.ts';
import { environment } from '../environment.ts';
import { Ledger } from '../ledger/ledger.ts';
import { handlerOf } from '../middleware.ts';
import { planRun } from './plan-run.ts';

const Input = z.strictObject({
  run: z.string(),
  executionArn: z.string(),
  startedAt: z.string(),
  attempt: z.number().int(),
  request: z
    .strictObject({
      datasets: z.array(z.string()).min(1).optional(),
      mode: Mode.default('incremental'),
      abandon: z.boolean().optional(),
    })
    .refine(({ abandon, datasets }) => !abandon || datasets, { path: ['datasets'], message: 'abandon needs the datasets by name' }),
});

export const handler = handlerOf(Input, async ({ request, attempt, ...run }) => {
  const env = environment();
  const ledger = new Ledger(ledgerClient, env.LEDGER_TABLE);
  return planRun(
    { env, contracts: await contracts(), ledger, stepFunctions, emr, now: () => new Date(), deadline: Date.now() + 60_000 },
    run,
    { ...request, attempt },
  );
});
