/** What a batch of a log brings, part by part as `extract` reads it, and what its rows come to when they are applied by the rules of docs/reference/shapes.md. */
import type { BatchPlan, Chunk } from '../../../../functions/batch/batch-plan.ts';
import type { Contract } from '../../../../functions/contract/contract.ts';
import type { SourcePlan } from '../../../../functions/sources/source.ts';
import { rowsOf } from '../../../copy-text.ts';
import { source } from './batches.ts';

export type Row = Record<string, string | null>;

/** One part of a chunk, as one invocation reads it: `rest` is the ticket of what is left. */
export async function takePart(
  contract: Contract,
  of: SourcePlan,
  chunk: Chunk,
  ticket: string | undefined,
): Promise<{ rows: Row[]; rest: string | undefined }> {
  const signal = new AbortController().signal;
  const stream = await source.read({ contract, plan: of as BatchPlan, chunk, landing: '', ticket, signal });
  if (stream.kind !== 'copy') throw new Error(`expected a stream as of COPY; found ${stream.kind}`);
  const pieces: Uint8Array[] = [];
  for await (const piece of stream.bytes) pieces.push(piece);
  const rows = rowsOf(Buffer.concat(pieces).toString(), chunk.columns.length).map((values) =>
    Object.fromEntries(chunk.columns.map(({ name }, index) => [name, values[index] ?? null])),
  );
  if (rows.length !== stream.rowCount()) throw new Error(`expected ${stream.rowCount()} rows; found ${rows.length}`);
  const rest = stream.rest?.();
  await stream.close();
  return { rows, rest };
}

/** All rows of a batch, and in how many parts each chunk came. */
export async function take(contract: Contract, of: SourcePlan): Promise<{ rows: Row[]; parts: number[] }> {
  const rows: Row[] = [];
  const parts: number[] = [];
  for (const chunk of of.chunks) {
    let ticket: string | undefined;
    let count = 0;
    do {
      const part = await takePart(contract, of, chunk, ticket);
      rows.push(...part.rows);
      count += 1;
      ticket = part.rest;
    } while (ticket !== undefined);
    parts.push(count);
  }
  return { rows, parts };
}

export const operations = async (contract: Contract, of: SourcePlan) => (await take(contract, of)).rows;

/** A table that is kept as Silver is: the operation with the highest position counts, and what was not sent stays as it was. */
export class Applied {
  readonly rows = new Map<string, Row>();
  readonly #positions = new Map<string, bigint>();

  add(rows: Row[]): void {
    const ordered = rows.toSorted((a, b) => Number(BigInt(a._position ?? 0) - BigInt(b._position ?? 0)));
    for (const { _operation, _position, _changed_at, _kept, ...values } of ordered) {
      const id = values.id ?? '';
      const position = BigInt(_position ?? 0);
      if (position < (this.#positions.get(id) ?? -1n)) continue;
      const before = this.rows.get(id);
      const kept: string[] = _kept ? JSON.parse(_kept) : [];
      // Set aside: the row is in the table no more, and what took it away is still to come.
      if (kept.length > 0 && !before) continue;
      this.#positions.set(id, position);
      for (const name of kept) values[name] = before?.[name] ?? null;
      if (_operation === 'delete') this.rows.delete(id);
      else this.rows.set(id, values);
    }
  }
}
