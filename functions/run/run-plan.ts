/** The run's plan and the results of its layers: the objects under `runs/<run>/` that functions and Spark hand to each other. */
import { z } from 'zod';
import { SourceKind } from '../../config/sources.ts';
import { Mode } from '../landing/batch-plan.ts';

export const PlannedDataset = z.object({
  dataset: z.string(),
  source: SourceKind,
  seq: z.number().int(),
  token: z.number().int(),
  epoch: z.number().int(),
  landing: z.string(),
  manifest: z.string(),
  chunks: z.number().int(),
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
  mode: Mode,
  lake: z.string(),
  contracts: z.string(),
  results: z.string(),
  datasets: z.array(PlannedDataset),
  leftOut: z.array(Problem),
  failed: z.array(Problem),
  unchanged: z.array(z.string()),
});
export type RunPlan = z.infer<typeof RunPlan>;

export const Outcomes = z.object({
  read: z.number().int(),
  inserted: z.number().int(),
  updated: z.number().int(),
  unchanged: z.number().int(),
  superseded: z.number().int(),
  deleted: z.number().int(),
  quarantined: z.number().int(),
});
export type Outcomes = z.infer<typeof Outcomes>;

export const LayerResult = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('ok'),
    seconds: z.number().optional(),
    version: z.number().int().optional(),
    rows: z.number().int().optional(),
    hash: z.string().optional(),
    alreadyCommitted: z.boolean().optional(),
    /** Of Gold: the table is what it would be made of already. */
    unchanged: z.boolean().optional(),
    outcomes: Outcomes.optional(),
    deletedByAbsence: z.number().int().optional(),
    rules: z.record(z.string(), z.number()).optional(),
  }),
  z.object({ status: z.literal('failed'), seconds: z.number().optional(), error: z.string(), cause: z.string() }),
]);
export type LayerResult = z.infer<typeof LayerResult>;

export const Layer = z.enum(['landing', 'bronze', 'silver', 'gold']);
export type Layer = z.infer<typeof Layer>;

export const LayerResults = z.object({
  layer: Layer,
  run: z.string(),
  datasets: z.record(z.string(), LayerResult),
  /** Of Silver: the version of every Silver table there is. */
  versions: z.record(z.string(), z.number().int()).optional(),
});
export type LayerResults = z.infer<typeof LayerResults>;

/** Where things lie under `s3://<lake bucket>`. */
export const runFolder = (lake: string, run: string) => `${lake}/runs/${run}`;
export const planAddress = (folder: string) => `${folder}/plan.json`;
export const resultsOf = (folder: string) => `${folder}/results`;
export const resultsAddress = (results: string, layer: Layer | 'plan-gold') => `${results}/${layer}.json`;
