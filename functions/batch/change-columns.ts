/**
 * Change rows: what a source that tells of operations lands beside the table's own columns, as the load modes `log` and `changes` do.
 * Bronze keeps the operations as they landed; Silver applies the newest of each key (docs/reference/shapes.md).
 */
import type { Contract } from '../contract/contract.ts';
import type { LandedColumn } from './batch-plan.ts';

/** `read`: the row as it was when the table was read whole, older than every operation told of it since. */
export const OPERATIONS = ['read', 'insert', 'update', 'delete'] as const;
export type Operation = (typeof OPERATIONS)[number];

/**
 * They land after the table's columns, in this order.
 * `_operation`: one of `OPERATIONS`; of a `delete` the table's columns are null but for the key.
 * `_position`: never null; of two operations on a key the one with the higher position counts, in a batch and across batches.
 * `_changed_at`: never null; when the operation was committed, or by when if the source does not tell, in microseconds since 1970. Of a `read`
 * the moment at which the row was so.
 * `_kept`: a JSON array of the columns whose value the operation left as it was and the source did not send; null when there is none.
 */
export const CHANGE_COLUMNS = [
  { name: '_operation', type: 'VARCHAR' },
  { name: '_position', type: 'BIGINT' },
  { name: '_changed_at', type: 'BIGINT' },
  { name: '_kept', type: 'VARCHAR' },
] as const satisfies LandedColumn[];

/** Whether the contract's way of loading lands change rows. */
export function landsChanges({ load }: Pick<Contract, 'load'>): boolean {
  return load.mode === 'log' || load.mode === 'changes';
}
