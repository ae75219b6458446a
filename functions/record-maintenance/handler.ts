/** Records a maintenance: the versions it has written, the metrics of the tables, and the leases, which it frees. */

import * as z from 'zod';
import { deployedLedger } from '../ledger/deployed-ledger.ts';
import { handlerOf } from '../middleware.ts';
import { recordMaintenance } from './record-maintenance.ts';

const Input = z.strictObject({ run: z.string(), plan: z.string() });

export const handler = handlerOf(Input, async ({ plan }) => recordMaintenance(deployedLedger(), plan));
