/** The plan of a run: what it loads, what it leaves out, and where its parts find each other. Functions and Spark read it. */
import * as z from 'zod';
import { SourceKind } from '../../config/sources.ts';
import { BatchMode } from '../batch/batch-plan.ts';

export const PlannedDataset = z.object({
  dataset: z.string(),
  source: SourceKind,
  seq: z.number().int(),
  token: z.number().int(),
  epoch: z.number().int(),
  /** The batch that was committed last before this one. */
  after: z.number().int().nullable(),
  landing: z.string(),
  manifest: z.string(),
  chunks: z.number().int(),
  /** When the batch was planned, which may be by an earlier run. */
  plannedAt: z.string(),
  /** The batch was opened by an earlier run, and goes on. */
  resumed: z.boolean(),
});
export type PlannedDataset = z.infer<typeof PlannedDataset>;

export const Problem = z.object({ dataset: z.string(), error: z.string(), cause: z.string() });
export type Problem = z.infer<typeof Problem>;

export const RunPlan = z.object({
  run: z.string(),
  executionArn: z.string(),
  startedAt: z.string(),
  mode: BatchMode,
  lake: z.string(),
  contracts: z.string(),
  results: z.string(),
  datasets: z.array(PlannedDataset),
  leftOut: z.array(Problem),
  failed: z.array(Problem),
  unchanged: z.array(z.string()),
});
export type RunPlan = z.infer<typeof RunPlan>;
