/** What was read of a Snowflake table, as the ledger keeps it from batch to batch. */
import * as z from 'zod';
import type { Contract } from '../../contract/contract.ts';
import { Counted } from '../counted.ts';

/** `cursor`: the newest that was landed. `change`: Snowflake's token of the table's last change when it was read. */
export const SnowflakeWatermark = z.object({ cursor: z.string().nullable(), change: z.string(), ...Counted.shape });
export type SnowflakeWatermark = z.infer<typeof SnowflakeWatermark>;

/** `until`: what was changed by then is landed. `change`: Snowflake's token of the table's last change, as it was then. */
export const ChangesWatermark = z.object({ change: z.string(), until: z.string(), ...Counted.shape });
export type ChangesWatermark = z.infer<typeof ChangesWatermark>;

/** The sequence as Snowflake spells it: without a `physicalName` in upper case. */
export function countedBy({ object, columns, load: { mode, sequence } }: Contract): Counted {
  const column = columns.find(({ name }) => name === sequence);
  return { mode, object, sequence: column?.physicalName ?? column?.name.toUpperCase() };
}
