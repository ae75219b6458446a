/** Says what the machine `rerun` does next: start what failed or is stale, wait, stop, or call a person. */

import * as z from 'zod';
import { ledgerClient } from '../aws/dynamodb.ts';
import { stepFunctions } from '../aws/step-functions.ts';
import { contracts } from '../contract/fetch.ts';
import { environment } from '../environment.ts';
import { deployedLedger } from '../ledger/deployed-ledger.ts';
import { countRerun } from '../ledger/rerun-counter.ts';
import { handlerOf } from '../middleware.ts';
import { datasetsToMend } from './datasets-to-mend.ts';
import { type NextStep, nextStep } from './next-step.ts';
import { turnOf } from './turn.ts';

const Input = z.strictObject({ execution: z.string() });

export const handler = handlerOf(Input, async ({ execution }): Promise<NextStep> => {
  const turn = await turnOf(stepFunctions, execution);
  if (turn !== 'work') return { next: turn, datasets: [], exhausted: [] };
  const { LEDGER_TABLE, STATE_MACHINE_ARN, SETTINGS } = environment();
  const now = new Date();
  const found = await datasetsToMend(deployedLedger(), stepFunctions, STATE_MACHINE_ARN, await contracts(), now);
  return nextStep(found, (dataset) => countRerun(ledgerClient, LEDGER_TABLE, dataset, SETTINGS.rerun, now));
});
