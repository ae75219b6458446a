/** Plans a build of Gold: takes its lease and pins the Silver versions it reads. */

import * as z from 'zod';
import { handlerOf } from '../middleware.ts';
import { deployedServices } from '../plan/deployed-services.ts';
import { planGold } from './plan-gold.ts';

const Input = z.strictObject({ run: z.string(), executionArn: z.string(), results: z.string() });

export const handler = handlerOf(Input, async (input, invocation) => planGold(await deployedServices(invocation), input));
