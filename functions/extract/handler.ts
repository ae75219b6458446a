/** Extracts one chunk of a batch from its source into the landing bucket. */
import * as z from 'zod';
import { handlerOf } from '../middleware.ts';
import { extractChunk } from './extract-chunk.ts';

const Input = z.strictObject({
  run: z.string(),
  dataset: z.string(),
  seq: z.number().int(),
  chunk: z.string(),
  landing: z.string(),
  /** From the answer before, when the source was still at work. */
  ticket: z.string().optional(),
});

export const handler = handlerOf(Input, extractChunk);
