/** Plans a maintenance: takes the leases of what nobody works on, and names the tables. */

import * as z from 'zod';
import { handlerOf } from '../middleware.ts';
import { deployedServices } from '../plan/deployed-services.ts';
import { planMaintenance } from './plan-maintenance.ts';

const Input = z.strictObject({
  run: z.string(),
  executionArn: z.string(),
  request: z.strictObject({ datasets: z.array(z.string()).min(1).optional() }),
});

export const handler = handlerOf(Input, async (input, invocation) => planMaintenance(await deployedServices(invocation), input));
