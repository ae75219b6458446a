/**
 * What a watermark counts. Of another table, load mode or column it says nothing, though theirs may look alike: what it has passed, but not
 * for them, would never be read.
 */
import * as z from 'zod';
import { LoadMode } from '../contract/contract.ts';

/** `object`: the table, where its own id does not tell. `sequence`: the column that orders rows, as the source calls it. */
export const Counted = z.object({ mode: LoadMode.optional(), object: z.string().optional(), sequence: z.string().optional() });
export type Counted = z.infer<typeof Counted>;

/** One from before watermarks said it is believed. */
export const isCountedBy = (watermark: Counted, { mode, object, sequence }: Counted): boolean =>
  watermark.mode === undefined || (watermark.mode === mode && watermark.object === object && watermark.sequence === sequence);
