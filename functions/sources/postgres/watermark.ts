/** What the ledger keeps of a PostgreSQL table between two batches. */
import * as z from 'zod';
import type { Contract } from '../../contract/contract.ts';
import { sourceName } from '../../contract/source-name.ts';
import { Counted } from '../counted.ts';
import { NONE } from './changes.ts';

export const PostgresWatermark = z.object({
  /** Everything below it is landed; of a number it is landed too. */
  cursor: z.string().nullable(),
  /** The server's counters when the table, or its keys, were last read whole. */
  changes: z.string(),
  /** What the rows without a place in the order were when they were read last. */
  unordered: z.string().default(NONE),
  /** The same of the rows within the lookback below the cursor. */
  lookback: z.string().default(NONE),
  /** The contract's rowFilter. */
  filter: z.string().default(''),
  /** When the keys were last planned, by the server's clock. */
  keysAt: z.string().nullable().default(null),
  ...Counted.shape,
});
export type PostgresWatermark = z.infer<typeof PostgresWatermark>;

export function countedBy(contract: Contract): Counted {
  const { mode, sequence } = contract.load;
  return { mode, object: contract.object, sequence: sequence && sourceName(contract, sequence) };
}
