import type { BatchPlan, Chunk } from '../../../../functions/batch/batch-plan.ts';
import type { Contract } from '../../../../functions/contract/contract.ts';
import { sourceOf } from '../../../../functions/sources/by-kind.ts';
import type { SourcePlan } from '../../../../functions/sources/source.ts';
import { type Row, rowsOf } from '../../../copy-text.ts';

export const source = sourceOf('postgres');

/** The rows that a chunk's stream carries. */
export async function read(contract: Contract, of: SourcePlan, chunk: Chunk, signal = new AbortController().signal): Promise<Row[]> {
  const stream = await source.read({ contract, plan: of as BatchPlan, chunk, landing: '', ticket: undefined, signal });
  if (stream.kind !== 'copy') throw new Error(`expected a stream as of COPY; found ${stream.kind}`);
  try {
    const pieces: Uint8Array[] = [];
    for await (const piece of stream.bytes) pieces.push(piece);
    return rowsOf(Buffer.concat(pieces).toString(), chunk.columns.length);
  } finally {
    await stream.close();
  }
}

/** The rows of all chunks of a role, sorted: values with commas between them, a null as nothing. */
export async function lines(contract: Contract, of: SourcePlan, role: Chunk['role'] = 'rows'): Promise<string[]> {
  const rows = await Promise.all(of.chunks.filter((chunk) => chunk.role === role).map((chunk) => read(contract, of, chunk)));
  return rows
    .flat()
    .map((row) => row.join(','))
    .sort();
}
