/** What Spark measured of a dataset, and what it is asked to measure: the plan and the answer of the step `verify`. */
import * as z from 'zod';
import type { LandedColumn } from '../../functions/batch/batch-plan.ts';
import { Sums } from '../../functions/run/table-content.ts';

/** `wrong`: rows whose values have another hash than stands beside them; `unknown`: rows that Bronze does not have in that batch. */
const OfBatch = Sums.extend({ wrong: z.number().int().default(0), unknown: z.number().int().default(0) });

const Measured = z.object({
  status: z.literal('ok'),
  /** By the address of the object. */
  landing: z.record(z.string(), Sums),
  bronze: z.record(z.string(), OfBatch),
  silver: z.record(z.string(), OfBatch),
  quarantine: z.record(z.string(), OfBatch),
});
export type Measured = z.infer<typeof Measured>;

export const MeasuredLake = z.record(
  z.string(),
  z.discriminatedUnion('status', [Measured, z.object({ status: z.literal('failed'), error: z.string(), cause: z.string() })]),
);

export type MeasuredLake = z.infer<typeof MeasuredLake>;

/** Batches one after another that landed with the same columns. */
export interface LandedSchema {
  from: number;
  to: number;
  rows: { columns: LandedColumn[]; objects: string[] };
  keys: { columns: LandedColumn[]; objects: string[] };
}

export interface MeasurePlan {
  lake: string;
  measured: string;
  datasets: { dataset: string; schemas: LandedSchema[] }[];
}
