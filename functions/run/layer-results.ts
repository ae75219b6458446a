/** What a layer wrote of each of its datasets (Gold: of each model): one object a layer, which the next one goes by. */
import * as z from 'zod';
import { Dimension } from '../contract/contract.ts';
import { TableContent } from './table-content.ts';

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
    /** Of Bronze: those of its rows that did not land but came back from quarantine. */
    takenBack: z.object({ rows: z.number().int(), hash: z.string() }).optional(),
    alreadyCommitted: z.boolean().optional(),
    /** Of Gold: the table is what it would be made of already. */
    unchanged: z.boolean().optional(),
    outcomes: Outcomes.optional(),
    deletedByAbsence: z.number().int().optional(),
    rules: z.record(z.string(), z.number()).optional(),
    /** Percent of the rows that lower no dimension; null where it cannot be measured. */
    quality: z.record(Dimension, z.number().nullable()).optional(),
    /** Columns of Silver that the contract does not name, with their types. */
    added: z.record(z.string(), z.string()).optional(),
    /** Of Silver: what the table held before and holds now. */
    content: TableContent.optional(),
    /** Of a restore: rows in quarantine by batch that was replayed. */
    setAside: z.record(z.string(), z.number().int()).optional(),
    /** Of Gold: rows that changed, whether the `whole` was made or only the touched `keys`, and why the whole. */
    changed: z.number().int().optional(),
    built: z.enum(['whole', 'keys']).optional(),
    why: z.string().optional(),
  }),
  z.object({ status: z.literal('failed'), seconds: z.number().optional(), error: z.string(), cause: z.string() }),
]);
export type LayerResult = z.infer<typeof LayerResult>;
/** Of a dataset that the layer has taken. */
export type Taken = Extract<LayerResult, { status: 'ok' }>;

export const Layer = z.enum(['landing', 'bronze', 'silver', 'gold']);
export type Layer = z.infer<typeof Layer>;

export const LayerResults = z.object({
  layer: Layer,
  run: z.string(),
  datasets: z.record(z.string(), LayerResult),
});
export type LayerResults = z.infer<typeof LayerResults>;
