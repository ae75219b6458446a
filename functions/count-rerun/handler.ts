/** Says what the machine `rerun` does next: start what failed or is stale, wait for a run that has it, stop, or call a person. */
import { z } from 'zod';
import { ledgerClient, stepFunctions } from '../aws.ts';
import { contracts } from '../contract/fetch.ts';
import { environment } from '../environment.ts';
import { Ledger } from '../ledger/ledger.ts';
import { countRerun } from '../ledger/rerun-counter.ts';
import { handlerOf } from '../middleware.ts';
import { datasetsToMend } from './datasets-to-mend.ts';
import { nextStep } from './next-step.ts';

const Input = z.strictObject({});

export const handler = handlerOf(Input, async () => {
  const { LEDGER_TABLE, STATE_MACHINE_ARN, SETTINGS } = environment();
  const now = new Date();
  const found = await datasetsToMend(new Ledger(ledgerClient, LEDGER_TABLE), stepFunctions, STATE_MACHINE_ARN, await contracts(), now);
  return nextStep(found, (dataset) => countRerun(ledgerClient, LEDGER_TABLE, dataset, SETTINGS.rerun, now));
});
