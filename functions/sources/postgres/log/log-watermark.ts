/** What the ledger keeps of a table that is loaded by its log. */
import * as z from 'zod';
import { Base, Lsn } from './lsn.ts';

/**
 * `lsn`: every transaction committed before it has landed. `settled`: Silver has a row of every key that the log may change.
 * `base`: what is added to a place in the log for its position. `partitions`: the files of those that there were, by oid.
 */
export const LogWatermark = z.object({
  slot: z.string(),
  lsn: Lsn,
  table: z.number(),
  settled: z.boolean(),
  base: Base,
  partitions: z.record(z.string(), z.string()).default({}),
});
export type LogWatermark = z.infer<typeof LogWatermark>;
