/** Plans a batch of a PostgreSQL table and reads all its chunks, as a run does. */
import { expect } from '@jest/globals';
import type { BatchPlan, Chunk, Mode } from '../../../../functions/batch/batch-plan.ts';
import type { Contract } from '../../../../functions/contract/contract.ts';
import { sourceOf } from '../../../../functions/sources/by-kind.ts';
import type { SourcePlan } from '../../../../functions/sources/source.ts';

export const source = sourceOf('postgres');

export function plan(contract: Contract, watermark?: unknown, mode: Mode = 'incremental'): Promise<SourcePlan | undefined> {
  return source.plan({ contract, watermark, mode });
}

/** A plan, of which the test says that there is something new. */
export async function planned(contract: Contract, watermark?: unknown, mode: Mode = 'incremental'): Promise<SourcePlan> {
  const found = await plan(contract, watermark, mode);
  expect(found).toBeDefined();
  return found as SourcePlan;
}

/** What a chunk's stream carries, as CSV. */
export async function read(contract: Contract, of: SourcePlan, chunk: Chunk, signal = new AbortController().signal): Promise<string> {
  const stream = await source.read({ contract, plan: of as BatchPlan, chunk, ticket: undefined, signal });
  if (stream.kind !== 'csv') throw new Error(`expected a stream of CSV; found ${stream.kind}`);
  try {
    const pieces: Uint8Array[] = [];
    for await (const piece of stream.bytes) pieces.push(piece);
    return Buffer.concat(pieces).toString();
  } finally {
    await stream.close();
  }
}

/** The lines of all chunks of a role, sorted. */
export async function lines(contract: Contract, of: SourcePlan, role: Chunk['role'] = 'rows'): Promise<string[]> {
  const texts = await Promise.all(of.chunks.filter((chunk) => chunk.role === role).map((chunk) => read(contract, of, chunk)));
  return texts.flatMap((text) => text.split('\n').slice(0, -1)).sort();
}
