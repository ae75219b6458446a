/** What the ledger keeps of a leased unit: a dataset, or Gold as a whole. */
import * as z from 'zod';
import { BatchMode } from '../batch/batch-plan.ts';
import { padded } from '../padded.ts';

/** The partition key: `DATASET#users`, or `GOLD`. */
export type Unit = `DATASET#${string}` | 'GOLD';
export const unitOf = (dataset: string): Unit => `DATASET#${dataset}`;
export const GOLD: Unit = 'GOLD';
/** As errors name it: `users`, or `GOLD`. */
export const nameOf = (unit: Unit): string => unit.replace(/^DATASET#/, '');

export const Lease = z.object({ owner: z.string(), token: z.number().int() });
export type Lease = z.infer<typeof Lease>;

/** The newest receipt of the chain. */
const ReceiptHead = z.object({ seq: z.number().int(), hash: z.string() });

/** The unit's head: one item, so that every condition on it is one conditional write. */
export const Head = z.object({
  /** The last batch number given; dense. */
  seq: z.number().int().default(0),
  /** The batch that is open, if one is. */
  openSeq: z.number().int().optional(),
  /** Raised by a restore to its own number: Delta's transaction ids begin anew. */
  epoch: z.number().int().default(0),
  /** The last fencing token given. */
  token: z.number().int().default(0),
  lease: Lease.optional(),
  /** JSON text, so that it is compared as a whole. */
  watermark: z.string().optional(),
  receipt: ReceiptHead.optional(),
  /** The Silver version of the last commit; of Gold: the versions it was built from. */
  silverVersion: z.number().int().optional(),
  inputs: z.record(z.string(), z.number().int()).optional(),
  /** Of Gold: hash of the models' definitions of the last committed build. */
  definitions: z.string().optional(),
  /** Of Gold: models that a person wants made anew, until a build has. */
  rebuild: z.set(z.string()).optional(),
  committedAt: z.string().optional(),
  /** When, by the pipeline's clock, the source was last read to its end: the commit's plan, or a look that found nothing new. */
  observedAt: z.string().optional(),
  /** Set once the source was told of the commit. */
  confirmedSeq: z.number().int().optional(),
});
export type Head = z.infer<typeof Head>;

/** A batch's own item. */
export const Batch = z.object({
  state: z.enum(['open', 'committed', 'abandoned']),
  mode: BatchMode,
  /** The ARNs of the executions that have worked on it. */
  executions: z.set(z.string()),
});
export type Batch = z.infer<typeof Batch>;

export const batchKey = (seq: number) => `BATCH#${padded(seq)}`;
