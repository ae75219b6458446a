/** Reads a chunk and lands it, unless it is landed already; a source that works on its own is asked again later. */
import { METRICS } from '../../config/metrics.ts';
import { SOURCES, tellsBy } from '../../config/sources.ts';
import { BatchPlan, type Chunk } from '../batch/batch-plan.ts';
import type { ChunkStream } from '../batch/chunk-stream.ts';
import { manifestOf, planOf } from '../batch/layout.ts';
import { Manifest } from '../batch/manifest.ts';
import { storedChunk } from '../batch/stored-chunk.ts';
import type { StoredObject } from '../batch/stored-object.ts';
import { contractOf } from '../contract/fetch.ts';
import { ChunkDeadline, DiskFull, ObjectInvalid, SnapshotTooLarge } from '../errors.ts';
import { landChunk } from '../landing/land-chunk.ts';
import { smallerChunks } from '../landing/out-of-room.ts';
import { recordFiles } from '../landing/record-files.ts';
import type { Invocation } from '../middleware.ts';
import { readJson } from '../objects.ts';
import { recordMetric } from '../record-metric.ts';
import { sourceOf } from '../sources/by-kind.ts';

/** What a part left is read by another invocation, which has its whole time for it. */
const NEXT_PART_SECONDS = 1;

export interface ExtractInput {
  run?: string | undefined;
  dataset: string;
  chunk: string;
  landing: string;
  ticket?: string | undefined;
}

/** `pending`: wait and ask again with the ticket. */
export type Extracted = { status: 'landed'; rows: number } | { status: 'pending'; ticket: string; waitSeconds: number };

/** @throws ChunkDeadline, or SnapshotTooLarge, when the function's time is nearly over or its disk is full; the source's errors by name. */
export async function extractChunk({ run, dataset, chunk: id, landing, ticket }: ExtractInput, { signal }: Invocation): Promise<Extracted> {
  const begun = Date.now();
  const { objects: before, next } = await storedChunk(landing, id);
  if (!next) return { status: 'landed', rows: rowsOf(before) };
  // Where an object is gone of a batch that had landed whole, other rows than its manifest and receipt tell of must not take its place.
  const manifest = await readJson(manifestOf(landing), Manifest);
  if (manifest) return { status: 'landed', rows: rowsOf(manifest.objects.filter((object) => object.chunk === id)) };
  const contract = await contractOf(dataset);
  const { plan, chunk } = await plannedChunk(dataset, landing, id);
  try {
    const stream = await sourceOf(plan.source).read({ run, contract, plan, chunk, landing, ticket: next.ticket ?? ticket, signal });
    if (stream.kind === 'pending') return { status: 'pending', ticket: stream.ticket, waitSeconds: stream.waitSeconds };
    const objects = await land({ dataset, landing, chunk, url: next.url, stream, signal });
    recordMetric(METRICS.ingestionSeconds, { Source: plan.source }, (Date.now() - begun) / 1000);
    const rest = objects.at(-1)?.rest;
    if (rest !== undefined) return { status: 'pending', ticket: rest, waitSeconds: NEXT_PART_SECONDS };
    return { status: 'landed', rows: rowsOf([...before, ...objects]) };
  } catch (error) {
    throw snapshotTooLarge(plan, signal.aborted, error) ?? (signal.aborted ? deadline(dataset, id, error) : error);
  }
}

interface Land {
  dataset: string;
  landing: string;
  chunk: Chunk;
  /** Of the part. */
  url: string;
  stream: Exclude<ChunkStream, { kind: 'pending' }>;
  signal: AbortSignal;
}

async function land({ dataset, landing, chunk: { id, columns }, url, stream, signal }: Land): Promise<StoredObject[]> {
  try {
    if (stream.kind === 'stored') return await recordFiles({ dataset, landing, chunk: id, columns, files: stream.files, signal });
    return [await landChunk({ dataset, url, columns, stream, signal })];
  } finally {
    await stream.close();
  }
}

const rowsOf = (objects: readonly StoredObject[]) => objects.reduce((sum, { rows }) => sum + rows, 0);

async function plannedChunk(dataset: string, landing: string, id: string): Promise<{ plan: BatchPlan; chunk: Chunk }> {
  const plan = await readJson(planOf(landing), BatchPlan);
  const chunk = plan?.chunks.find((candidate) => candidate.id === id);
  if (plan && chunk) return { plan, chunk };
  throw new ObjectInvalid({
    dataset,
    expected: `chunk ${id} in the plan at ${planOf(landing)}`,
    found: plan ? 'no such chunk' : 'no plan',
    remedy: 'start the pipeline again: the plan is made by its first step',
  });
}

/** A table that is read whole in one piece, since only one snapshot agrees with itself, will be as large the next time. */
function snapshotTooLarge({ dataset, source, complete, chunks }: BatchPlan, late: boolean, cause: unknown): SnapshotTooLarge | undefined {
  if (!complete || SOURCES[source].lands === 'messages' || chunks.length > 1 || !(late || cause instanceof DiskFull)) return undefined;
  const modes = ['cursor', tellsBy(source)].filter((mode) => mode !== undefined).join(' or ');
  return new SnapshotTooLarge({
    dataset,
    expected: "the whole table to be read within the function's time and disk",
    found: late ? 'that it was not, 60 s before the limit' : 'that the disk is full',
    remedy: `set loadMode to ${modes} in the contract: a large table is then read piece by piece, and later what has changed`,
    cause,
  });
}

function deadline(dataset: string, chunk: string, cause: unknown): ChunkDeadline {
  return new ChunkDeadline({
    dataset,
    expected: `chunk ${chunk} to be read within the function's time`,
    found: 'it was not, 60 s before the limit',
    remedy: `nothing: it is tried again; if it stays so, ${smallerChunks(dataset)}`,
    cause,
  });
}
