/** Publishes a run: the tables in the Glue catalog, the run's metrics, and a notification when something failed. */
import * as z from 'zod';
import { contracts } from '../contract/fetch.ts';
import { environment } from '../environment.ts';
import { handlerOf } from '../middleware.ts';
import { Problem } from '../run/run-plan.ts';
import { publishRun } from './publish-run.ts';

const Input = z.strictObject({
  run: z.string(),
  startedAt: z.string(),
  datasets: z.array(z.string()),
  models: z.array(z.string()),
  failed: z.array(Problem),
});

export const handler = handlerOf(Input, async (input) => publishRun(environment(), await contracts(), input));
