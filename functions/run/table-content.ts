/** What a commit says of a Silver table's content: rows and layer hash of the rows' content hashes, before, after, and batch by batch what changed. */
import * as z from 'zod';
import { addHashes } from '../batch/layer-hash.ts';

export const Sums = z.object({ rows: z.number().int(), hash: z.string() });
export type Sums = z.infer<typeof Sums>;

const ByBatch = z.record(z.string(), Sums);
export type ByBatch = z.infer<typeof ByBatch>;

export const TableContent = z.object({
  before: Sums,
  /** By the number of the batch in whose rows: what came less what went. */
  changes: ByBatch,
  after: Sums,
  /** What the table held before, by batch, where no earlier commit told of it and all of it was read. */
  measured: ByBatch.optional(),
});
export type TableContent = z.infer<typeof TableContent>;

export function addSums(one: Sums, other: Sums): Sums {
  return { rows: one.rows + other.rows, hash: addHashes(one.hash, other.hash) };
}
