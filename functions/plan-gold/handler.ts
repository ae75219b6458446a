/** Plans a build of Gold: takes its lease and pins the Silver versions it reads. */
import * as z from 'zod';
import { ledgerClient } from '../aws/dynamodb.ts';
import { emr } from '../aws/emr.ts';
import { stepFunctions } from '../aws/step-functions.ts';
import { contracts } from '../contract/fetch.ts';
import { environment } from '../environment.ts';
import { Ledger } from '../ledger/ledger.ts';
import { handlerOf } from '../middleware.ts';
import { planGold } from './plan-gold.ts';

const Input = z.strictObject({ run: z.string(), executionArn: z.string(), results: z.string() });

export const handler = handlerOf(Input, async (input) => {
  const env = environment();
  const ledger = new Ledger(ledgerClient, env.LEDGER_TABLE);
  return planGold(
    { env, contracts: await contracts(), ledger, stepFunctions, emr, now: () => new Date(), deadline: Date.now() + 60_000 },
    input,
  );
});
