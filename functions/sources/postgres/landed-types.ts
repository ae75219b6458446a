/** The types whose text lands as another type than text, by the numbers that the server has for them. */
import pg from 'pg';
import type { LandedColumn } from '../../batch/batch-plan.ts';

const { INT2, INT4, INT8, BOOL } = pg.types.builtins;
const LANDED = new Map<number, LandedColumn['type']>([
  [INT2, 'BIGINT'],
  [INT4, 'BIGINT'],
  [INT8, 'BIGINT'],
  [BOOL, 'BOOLEAN'],
]);

export const landedTypeOf = (oid: number | undefined): LandedColumn['type'] => LANDED.get(oid ?? 0) ?? 'VARCHAR';
