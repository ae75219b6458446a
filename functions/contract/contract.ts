/** What a compiled contract says: the shape of contracts.json, which functions and Spark read. */
import * as z from 'zod';
import { SourceKind } from '../../config/sources.ts';

export const Classification = z.enum(['public', 'internal', 'PII', 'sensitive', 'restricted']);

export const Column = z.object({
  name: z.string(),
  type: z.string(),
  physicalType: z.string(),
  required: z.boolean(),
  class: Classification,
  masking: z.string().optional(),
  /** Where in a JSON value the column is found, for Kafka. */
  path: z.string().optional(),
  description: z.string().optional(),
});
export type Column = z.infer<typeof Column>;

const Action = z.enum(['warn', 'quarantine', 'fail']);
const ruleOf = { id: z.string(), action: Action };
export const Rule = z.discriminatedUnion('kind', [
  z.object({ ...ruleOf, kind: z.literal('required'), column: z.string() }),
  z.object({ ...ruleOf, kind: z.literal('unique'), column: z.string() }),
  z.object({ ...ruleOf, kind: z.literal('pattern'), column: z.string(), pattern: z.string() }),
  z.object({ ...ruleOf, kind: z.literal('allowed'), column: z.string(), values: z.array(z.string()) }),
  z.object({ ...ruleOf, kind: z.literal('range'), column: z.string(), min: z.string().nullable(), max: z.string().nullable() }),
  /** `expression` is true for a good row, in SQL that Spark and Trino share. */
  z.object({ ...ruleOf, kind: z.literal('sql'), expression: z.string() }),
]);
export type Rule = z.infer<typeof Rule>;

export const LoadMode = z.enum(['cursor', 'append', 'snapshot', 'offsets']);

const Load = z.object({
  mode: LoadMode,
  /** Column that orders the versions of a key and bounds what is new. */
  sequence: z.string().optional(),
  /** Seconds read again below the watermark, for sources whose commit order cannot be seen. */
  lookbackSeconds: z.number().int().nonnegative(),
  /** Rows that vanish from the source are found by comparing keys. */
  deletions: z.boolean(),
  /** More than this share of the keys gone at once is taken for a mistake. */
  maxDeleteShare: z.number().gt(0).max(1),
  chunkRows: z.number().int().positive(),
});

export const Contract = z.object({
  dataset: z.string(),
  version: z.string(),
  source: SourceKind,
  origin: z.string(),
  /** The object in the source: schema.table, or the topic. */
  object: z.string(),
  load: Load,
  key: z.array(z.string()),
  schemaPolicy: z.enum(['evolve', 'freeze', 'discard']),
  columns: z.array(Column).min(1),
  rules: z.array(Rule),
  partitioning: z.array(z.string()),
  /** Hours since the source was last read to its end above which the dataset is stale; when Gold was built does not count. */
  freshnessHours: z.number().positive(),
  /** An EventBridge Scheduler rate: how often the dataset is loaded. */
  cadence: z.string(),
  retention: z.string(),
  owner: z.string(),
  support: z.string(),
});
export type Contract = z.infer<typeof Contract>;

export const GoldContract = z.object({
  table: z.string(),
  version: z.string(),
  description: z.string(),
  grain: z.array(z.string()),
  columns: z.array(Column.omit({ physicalType: true })).min(1),
  partitioning: z.array(z.string()),
});
export type GoldContract = z.infer<typeof GoldContract>;

export const CompiledContracts = z.object({ datasets: z.record(z.string(), Contract), gold: z.record(z.string(), GoldContract) });
export type CompiledContracts = z.infer<typeof CompiledContracts>;
