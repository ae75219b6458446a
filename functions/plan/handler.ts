/** Plans a run: which datasets have something new, what is read of each, and whether a cluster is needed at all. */

import * as z from 'zod';
import { BatchMode } from '../batch/batch-plan.ts';
import { handlerOf } from '../middleware.ts';
import { deployedServices } from './deployed-services.ts';
import { planRun } from './plan-run.ts';

const Input = z.strictObject({
  run: z.string(),
  executionArn: z.string(),
  startedAt: z.string(),
  attempt: z.number().int(),
  request: z
    .strictObject({
      datasets: z.array(z.string()).min(1).optional(),
      mode: BatchMode.default('incremental'),
      rule: z.string().optional(),
      abandon: z.boolean().optional(),
      table: z.string().optional(),
      to: z.union([z.number().int().min(0), z.iso.datetime()]).optional(),
    })
    .refine(({ abandon, datasets, table }) => !abandon || datasets || table, {
      path: ['datasets'],
      message: 'abandon needs the datasets by name',
    })
    .refine(({ mode, datasets }) => mode !== 'release' || datasets, { path: ['datasets'], message: 'release needs the datasets by name' })
    .refine(({ rule, mode }) => rule === undefined || mode === 'release', { path: ['rule'], message: 'a rule is for the mode release' })
    .refine(
      ({ mode, table, to }) => (mode === 'restore' ? table !== undefined && to !== undefined : table === undefined && to === undefined),
      { path: ['mode'], message: 'restore, and no other mode, needs a table and a version or time to take it back to' },
    )
    .refine(({ mode, datasets }) => mode !== 'restore' || datasets === undefined, {
      path: ['datasets'],
      message: 'restore takes its dataset from the table',
    }),
});

export const handler = handlerOf(Input, async ({ request, attempt, ...run }, invocation) =>
  planRun(await deployedServices(invocation), run, { ...request, attempt }),
);
