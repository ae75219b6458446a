/** The plan of a maintenance: which tables the job works on, and what their units were when their leases were taken. Functions and Spark read it. */
import * as z from 'zod';
import { Problem } from '../run/run-plan.ts';

export const MaintenancePlan = z.object({
  run: z.string(),
  lake: z.string(),
  contracts: z.string(),
  results: z.string(),
  /** `silver.users`. */
  tables: z.array(z.string()),
  /** The Silver version of each dataset that was ever committed. */
  pinned: z.record(z.string(), z.number().int()),
  vacuumHours: z.number().int(),
  /** The units held, each with the token of its lease: datasets by name, and `GOLD`. */
  held: z.array(z.object({ name: z.string(), token: z.number().int() })),
  leftOut: z.array(Problem),
});
export type MaintenancePlan = z.infer<typeof MaintenancePlan>;

export const maintenanceAddress = (folder: string) => `${folder}/maintenance.json`;
