/** Completes a batch's landing: writes its manifest once every chunk is there. */
import * as z from 'zod';
import { handlerOf } from '../middleware.ts';
import { completeLanding } from './complete-landing.ts';

const Input = z.strictObject({ run: z.string(), dataset: z.string(), seq: z.number().int(), landing: z.string(), outcomes: z.string() });

export const handler = handlerOf(Input, completeLanding);
