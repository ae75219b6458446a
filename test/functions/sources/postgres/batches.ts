import type { BatchPlan, Chunk } from '../../../../functions/batch/batch-plan.ts';
import type { Contract } from '../../../../functions/contract/contract.ts';
import { sourceOf } from '../../../../functions/sources/by-kind.ts';
import type { SourcePlan } from '../../../../functions/sources/source.ts';

export const source = sourceOf('postgres');

/** What a chunk's stream carries, as CSV. */
export async function read(contract: Contract, of: SourcePlan, chunk: Chunk, signal = new AbortController().signal): Promise<string> {
  const stream = await source.read({ contract, plan: of as BatchPlan, chunk, landing: '', ticket: undefined, signal });
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
