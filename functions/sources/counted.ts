/**
 * What a watermark counts. Of another load mode or column it says nothing, though theirs may look alike: what it has passed, but not for
 * them, would never be read.
 */
import * as z from 'zod';
import { LoadMode } from '../contract/contract.ts';

/** `sequence`: the column that orders rows, as the source calls it. */
export const Counted = z.object({ mode: LoadMode.optional(), sequence: z.string().optional() });
export type Counted = z.infer<typeof Counted>;

/** One from before watermarks said it is believed. */
export const isCountedBy = (watermark: Counted, { mode, sequence }: Counted): boolean =>
  watermark.mode === undefined || (watermark.mode === mode && watermark.sequence === sequence);
