/** The batch plan: written once when a batch opens, and followed by every run that meets the batch. */
import * as z from 'zod';
import { SourceKind } from '../../config/sources.ts';

/** How a source is read. */
export const Mode = z.enum(['incremental', 'full']);
export type Mode = z.infer<typeof Mode>;

/** Two read no source: `release` takes rows back that quarantine holds, `restore` takes a table back to an earlier version. */
export const BatchMode = z.enum([...Mode.options, 'release', 'restore']);
export type BatchMode = z.infer<typeof BatchMode>;

export const readsSource = (mode: BatchMode): mode is Mode => Mode.safeParse(mode).success;

/** A column as it lands: `type` is the Parquet type, in DuckDB's spelling. */
export const LandedColumn = z.object({
  name: z.string(),
  type: z.enum(['VARCHAR', 'BIGINT', 'INTEGER', 'BOOLEAN', 'BLOB', 'TIMESTAMP', 'DATE']).or(z.string().regex(/^DECIMAL\(\d+,\d+\)$/)),
});
export type LandedColumn = z.infer<typeof LandedColumn>;

/** `rows` are the data; `keys` are the source's complete key set, by which deleted rows are found. */
export const Role = z.enum(['rows', 'keys']);
export type Role = z.infer<typeof Role>;

export const Chunk = z.object({
  id: z.string(),
  role: Role,
  columns: z.array(LandedColumn),
  /** What to read, in the source's own terms. */
  read: z.unknown(),
});
export type Chunk = z.infer<typeof Chunk>;

/** `lost`: what lay between the watermark before and `lower` and is gone at the source, where the contract accepts that. */
const Bounds = z.object({ lower: z.unknown(), upper: z.unknown(), lost: z.unknown().optional() });

export const BatchPlan = z.object({
  dataset: z.string(),
  seq: z.number().int(),
  source: SourceKind,
  mode: BatchMode,
  /** The rows are the whole table: a key that is absent is deleted. */
  complete: z.boolean(),
  /** `exact`: no row that was invisible is passed; `bounded`: by the lookback only. */
  precision: z.enum(['exact', 'bounded']),
  bounds: Bounds,
  /** The watermark that stands after the commit. */
  watermark: z.unknown(),
  contractVersion: z.string(),
  plannedAt: z.string(),
  columns: z.array(LandedColumn),
  chunks: z.array(Chunk),
});
export type BatchPlan = z.infer<typeof BatchPlan>;
