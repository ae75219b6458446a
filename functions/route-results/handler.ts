/** Reads what a layer wrote and answers what goes on; writes the landing's results, which no job writes. */
import * as z from 'zod';
import { handlerOf } from '../middleware.ts';
import { Layer } from '../run/layer-results.ts';
import { routeResults } from './route-results.ts';

const Landed = z.object({
  dataset: z.string(),
  status: z.enum(['ok', 'failed']),
  error: z.string().optional(),
  cause: z.string().optional(),
  rows: z.number().int().optional(),
  hash: z.string().optional(),
});

const Input = z.strictObject({ run: z.string(), results: z.string(), layer: Layer, landed: z.array(Landed).optional() });

export const handler = handlerOf(Input, routeResults);
