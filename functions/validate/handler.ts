/** Validates a landed batch before anything reads it. */
import * as z from 'zod';
import { contractOf } from '../contract/fetch.ts';
import { environment } from '../environment.ts';
import { handlerOf } from '../middleware.ts';
import { validateBatch } from './validate-batch.ts';

const Input = z.strictObject({ run: z.string(), dataset: z.string(), seq: z.number().int(), landing: z.string() });

export const handler = handlerOf(Input, async ({ dataset, seq, landing }) =>
  validateBatch(`s3://${environment().LAKE_BUCKET}`, await contractOf(dataset), seq, landing),
);
