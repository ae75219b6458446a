/** The one interface between the pipeline and a kind of source. */
import type { z } from 'zod';
import type { BatchPlan, Chunk, Mode } from '../batch/batch-plan.ts';
import type { ChunkStream } from '../batch/chunk-stream.ts';
import type { Contract } from '../contract/contract.ts';
import type { PipelineError } from '../errors.ts';

export interface PlanRequest {
  /** The run that asks, by which a source may label what it does; a test has none. */
  run?: string | undefined;
  contract: Contract;
  /** The source's own, as it was committed last; undefined before the first batch. */
  watermark: unknown;
  mode: Mode;
  /** The plan is looked at and thrown away, as `etl doctor` does: nothing may be made for it at the source. */
  isTrial?: true;
  /** Aborted when the function's time is nearly over: the source is asked nothing from then on. A person who waits has none. */
  signal?: AbortSignal | undefined;
}

/** What the source decides of a batch; the pipeline adds dataset, seq and time. */
export type SourcePlan = Pick<BatchPlan, 'complete' | 'precision' | 'bounds' | 'watermark' | 'columns' | 'chunks'>;

export interface ReadRequest extends Pick<PlanRequest, 'run'> {
  contract: Contract;
  plan: BatchPlan;
  chunk: Chunk;
  /** The batch's folder (`s3://…`), for a source that writes its files itself. */
  landing: string;
  /** Set when the read before answered `pending`. */
  ticket: string | undefined;
  signal: AbortSignal;
}

export interface Source {
  /** What the secret of this kind holds; `etl secrets set` asks for its fields. */
  secret: z.ZodObject;
  /**
   * Upper bound first, then chunks. Writes nothing of ours: the result can be printed, and is what will run. Undefined: nothing new. At the
   * source it makes at most what keeps the changes until the batch has read them.
   */
  plan(request: PlanRequest): Promise<SourcePlan | undefined>;
  /** The rows inside the chunk's bounds. Safe to repeat: the plan has fixed the object's name. */
  read(request: ReadRequest): Promise<ChunkStream>;
  /** An error of the source by its name; one that is not known is not tried again. */
  classify(error: unknown, dataset: string): PipelineError;
}

/** Of a source that keeps a position of its own. */
export interface Confirming extends Pick<Source, 'classify'> {
  /** After the commit; may come twice. Nothing else moves the source's own position. */
  confirm(contract: Contract, watermark: unknown): Promise<void>;
}
