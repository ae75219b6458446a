/** Writes the manifest of a batch, or says by name why a chunk is missing. */
import * as z from 'zod';
import { BatchPlan, type Chunk } from '../batch/batch-plan.ts';
import { manifestOf, planOf } from '../batch/layout.ts';
import { type LandedObject, Manifest, manifestFrom } from '../batch/manifest.ts';
import { storedChunk } from '../batch/stored-chunk.ts';
import { LandingIncomplete, ObjectInvalid, PipelineError } from '../errors.ts';
import { messageIn } from '../lambda-cause.ts';
import { readJson, writeJsonOnce } from '../objects.ts';

/** What the state machine writes of a chunk that failed for good: Step Functions' error and cause. */
const FailedChunk = z.object({ Error: z.string(), Cause: z.string() });

/** Objects that are asked for at once: a thousand chunks in seconds, with room left among the client's 50 connections. */
const CONCURRENT = 16;

export async function completeLanding({
  dataset,
  landing,
  outcomes,
}: {
  dataset: string;
  landing: string;
  outcomes: string;
}): Promise<{ rows: number; objects: number }> {
  const plan = await readJson(planOf(landing), BatchPlan);
  if (!plan)
    throw new ObjectInvalid({
      dataset,
      expected: `the batch plan at ${planOf(landing)}`,
      found: 'no such object',
      remedy: 'start the pipeline again',
    });
  const { rows, objects } = (await readJson(manifestOf(landing), Manifest)) ?? (await complete(dataset, landing, outcomes, plan));
  return { rows, objects: objects.length };
}

async function complete(dataset: string, landing: string, outcomes: string, plan: BatchPlan): Promise<Manifest> {
  const manifest = manifestFrom(plan, await landedChunks(dataset, landing, outcomes, plan.chunks));
  await writeJsonOnce(manifestOf(landing), manifest);
  // Another run's may have been first.
  return (await readJson(manifestOf(landing), Manifest)) ?? manifest;
}

/** @throws the error of the first chunk that failed by name, before that of one that is only missing. */
async function landedChunks(dataset: string, landing: string, outcomes: string, chunks: readonly Chunk[]): Promise<LandedObject[]> {
  const objects: LandedObject[] = [];
  const failures: unknown[] = [];
  for (let at = 0; at < chunks.length; at += CONCURRENT) {
    const some = chunks.slice(at, at + CONCURRENT).map((chunk) => landedChunk(dataset, landing, outcomes, chunk));
    for (const settled of await Promise.allSettled(some)) {
      if (settled.status === 'fulfilled') objects.push(...settled.value);
      else failures.push(settled.reason);
    }
  }
  if (failures.length > 0) throw failures.find((failure) => !(failure instanceof LandingIncomplete)) ?? failures[0];
  return objects;
}

async function landedChunk(dataset: string, landing: string, outcomes: string, { id, role }: Chunk): Promise<LandedObject[]> {
  const { objects, next } = await storedChunk(landing, id);
  if (!next) return objects.map(({ rest: _, ...object }) => ({ ...object, role, chunk: id }));
  const failed = await readJson(`${outcomes}/${dataset}/${id}.json`, FailedChunk);
  if (failed) throw asItWas(dataset, failed);
  throw new LandingIncomplete({
    dataset,
    expected: `chunk ${id} of the plan at ${next.url}`,
    found: 'neither the object nor a failure of it',
    remedy: 'start the pipeline again: the batch is resumed',
  });
}

/** The chunk's own error goes on under its own name. */
function asItWas(dataset: string, { Error: name, Cause }: z.infer<typeof FailedChunk>): Error {
  const failure = new PipelineError(name, 'never', { dataset, expected: 'every chunk to land', found: Cause, remedy: 'see the cause' });
  failure.message = messageIn(Cause) ?? failure.message;
  return failure;
}
