/** What a compiled contract says: the shape of contracts.json, which functions and Spark read. */
import * as z from 'zod';
import { SourceKind } from '../../config/sources.ts';

export const Classification = z.enum(['public', 'internal', 'PII', 'sensitive', 'restricted']);

export const Column = z.object({
  name: z.string(),
  type: z.string(),
  /** The column's name at the source, where it is another one. */
  physicalName: z.string().optional(),
  physicalType: z.string(),
  required: z.boolean(),
  class: Classification,
  masking: z.string().optional(),
  /** Where in a JSON value the column is found, for Kafka; of several the first that is there, for versions of an event that differ. */
  path: z.string().optional(),
  paths: z.array(z.string()).min(1).optional(),
  /** Earlier names of the column at the source. */
  aliases: z.array(z.string()).min(1).optional(),
  /** Text that stands where the source has none. */
  default: z.string().optional(),
  /** Of a timestamp: the owner lets digits beyond microseconds be cut, where a value that has them would be set aside. */
  fractionalSecondsPrecision: z.literal(6).optional(),
  description: z.string().optional(),
});
export type Column = z.infer<typeof Column>;

const Action = z.enum(['warn', 'quarantine', 'fail']);
export const Dimension = z.enum(['completeness', 'accuracy', 'consistency', 'timeliness', 'uniqueness']);
export type Dimension = z.infer<typeof Dimension>;
/** Without a `dimension` the rule's kind decides which score it lowers. */
const ruleOf = { id: z.string(), action: Action, dimension: Dimension.optional() };
export const Rule = z.discriminatedUnion('kind', [
  z.object({ ...ruleOf, kind: z.literal('required'), column: z.string() }),
  z.object({ ...ruleOf, kind: z.literal('unique'), column: z.string() }),
  z.object({ ...ruleOf, kind: z.literal('pattern'), column: z.string(), pattern: z.string() }),
  z.object({ ...ruleOf, kind: z.literal('allowed'), column: z.string(), values: z.array(z.string()) }),
  z.object({ ...ruleOf, kind: z.literal('range'), column: z.string(), min: z.string().nullable(), max: z.string().nullable() }),
  /** The other dataset has the value. */
  z.object({ ...ruleOf, kind: z.literal('reference'), column: z.string(), to: z.object({ dataset: z.string(), column: z.string() }) }),
  /** `expression` is true for a good row, in SQL that Spark and Trino share. */
  z.object({ ...ruleOf, kind: z.literal('sql'), expression: z.string() }),
]);
export type Rule = z.infer<typeof Rule>;

export const LoadMode = z.enum(['cursor', 'append', 'snapshot', 'offsets', 'compacted', 'log', 'changes']);

export const ValueFormat = z.enum(['json', 'confluent-json', 'confluent-avro']);

const Load = z.object({
  mode: LoadMode,
  /** Column that orders the versions of a key and bounds what is new. */
  sequence: z.string().optional(),
  /** Seconds read again below the watermark, for sources whose commit order cannot be seen. */
  lookbackSeconds: z.number().int().nonnegative(),
  /** Rows that vanish from the source are found by comparing keys. */
  deletions: z.boolean(),
  /** They are looked for no more often than that; 0: in each batch before which rows were deleted. */
  deletionsEveryHours: z.number().nonnegative(),
  /** More than this share of the keys gone at once is taken for a mistake. */
  maxDeleteShare: z.number().gt(0).max(1),
  chunkRows: z.number().int().positive(),
  /** Only rows where this holds are taken, in the source's SQL, over columns of the row alone. A row that leaves it counts as deleted. */
  rowFilter: z.string().optional(),
  /** `scd1`: Silver keeps the newest row of a key; `scd2`: every version, with the time it counts from and to. */
  history: z.enum(['scd1', 'scd2']),
  /** Offsets that retention took before they were read are recorded as lost; without it the dataset fails. */
  lostOffsets: z.literal('accept').optional(),
});

/**
 * The columns that queries filter by, in whose order maintenance lays the rows: files then hold ranges that a filter can leave out.
 * Each column more makes the order of the others worse: beyond three nothing is left out by any of them.
 */
export const ZOrder = z.array(z.string()).min(1).max(3);

export const Contract = z.object({
  dataset: z.string(),
  version: z.string(),
  source: SourceKind,
  origin: z.string(),
  /** The object in the source: schema.table, or the topic. */
  object: z.string(),
  load: Load,
  key: z.array(z.string()),
  /** How a record's value is written; JSON without it. `confluent-…`: JSON or Avro behind the header of a schema registry. */
  valueFormat: ValueFormat.optional(),
  schemaPolicy: z.enum(['evolve', 'freeze', 'discard']),
  columns: z.array(Column).min(1),
  rules: z.array(Rule),
  /** Percent that a batch must reach in a dimension. */
  quality: z.partialRecord(Dimension, z.number().min(0).max(100)),
  partitioning: z.array(z.string()),
  zOrder: ZOrder.optional(),
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
  columns: z.array(Column.omit({ physicalName: true, physicalType: true })).min(1),
  partitioning: z.array(z.string()),
  zOrder: ZOrder.optional(),
  /** How the changes of each input (`silver.<dataset>`, `gold.<model>`) are followed to the keys they touch: `same` or a query. */
  incremental: z.object({ key: z.array(z.string()).min(1), inputs: z.record(z.string(), z.string()) }).optional(),
  /** SHA-256 of the model's SQL. */
  sql: z.string().optional(),
});
export type GoldContract = z.infer<typeof GoldContract>;

export const CompiledContracts = z.object({ datasets: z.record(z.string(), Contract), gold: z.record(z.string(), GoldContract) });
export type CompiledContracts = z.infer<typeof CompiledContracts>;
