/** Plans a table that is read by a cursor: its bound, what is new below it, and whether rows were deleted. */
import type { Chunk } from '../../batch/batch-plan.ts';
import { chunkId } from '../../batch/chunk-id.ts';
import type { SourcePlan } from '../source.ts';
import { fingerprint, NONE } from './changes.ts';
import { deletions } from './deletions.ts';
import { pieces, piecesWithin } from './pieces.ts';
import type { Planning } from './plan.ts';
import { qualified } from './qualified.ts';
import type { PostgresRead } from './read.ts';
import { filtered } from './row-filter.ts';
import { between, checkCursor, isUnplaced, lookedBack, newer, readSequence, type Sequence } from './sequence.ts';
import { tellHeld, upperBound } from './upper-bound.ts';
import { countedBy, type PostgresWatermark } from './watermark.ts';

export async function planCursor(planning: Planning): Promise<SourcePlan | undefined> {
  const { client, contract, table, before } = planning;
  const sequence = await readSequence(client, contract, table);
  const lower = before?.cursor ?? null;
  checkCursor(contract, sequence, lower);
  const bound = await upperBound(client, contract, table, sequence);
  tellHeld(contract.dataset, bound);
  if (bound.upper === undefined && !before) return undefined;
  const upper = bound.upper ?? lower;
  const rows = await orderedChunks(planning, sequence, lower, upper);
  const unordered = await fingerprint(client, contract, table, isUnplaced(sequence));
  if (unordered !== (before?.unordered ?? NONE)) rows.push(rowChunk(planning, 'rows-unordered', isUnplaced(sequence)));
  const { chunks: keys, changes, keysAt } = await deletions(planning);
  if (rows.length === 0 && (keys.length === 0 || upper === null)) return undefined;
  const lookback = await withinLookback(planning, sequence, upper);
  return {
    complete: false,
    precision: sequence.precision,
    bounds: { lower, upper },
    watermark: {
      ...{ cursor: upper, changes, unordered, lookback, keysAt },
      filter: contract.load.rowFilter ?? '',
      ...countedBy(contract),
    } satisfies PostgresWatermark,
    columns: table.columns,
    chunks: [...rows, ...keys],
  };
}

/** Pieces of the table when it is read from its beginning, of what changed since where that is more than a chunk. None when nothing is in range. */
async function orderedChunks(planning: Planning, sequence: Sequence, lower: string | null, upper: string | null): Promise<Chunk[]> {
  if (upper === null) return [];
  const { client, contract, table, before } = planning;
  const come = await some(planning, newer(sequence, lower, upper));
  if (!come && (await withinLookback(planning, sequence, lower)) === (before?.lookback ?? NONE)) return [];
  const settled = sequence.setByUpdates || contract.load.mode === 'append';
  const range = between(sequence, lower, upper);
  const parts = lower === null ? await pieces(client, contract, table, settled) : await piecesWithin(client, contract, table, range);
  return parts.map((piece, index) =>
    rowChunk(planning, chunkId('rows', index), piece ? `${range} AND ${piece.condition}` : range, piece?.files),
  );
}

async function some({ client, contract }: Planning, condition: string): Promise<boolean> {
  const { rows } = await client.query<{ some: boolean }>(
    `SELECT EXISTS (SELECT FROM ${qualified(contract.object)} WHERE ${filtered(contract, condition)}) AS some`,
  );
  return rows[0]?.some ?? false;
}

/** What is there below a bound that was passed, as far back as the lookback goes: another when a row has appeared there since. */
async function withinLookback({ client, contract, table }: Planning, sequence: Sequence, bound: string | null): Promise<string> {
  if (bound === null || sequence.lookbackSeconds === 0) return NONE;
  return fingerprint(client, contract, table, lookedBack(sequence, bound));
}

/**
 * `rows-unordered`: rows without a time or number, or with an infinite one, lie in no range. All of them are read again whenever one of
 * them has changed, so that Silver can set them aside and say why.
 */
function rowChunk({ contract, table }: Planning, id: string, condition: string, files?: string): Chunk {
  const read: PostgresRead = { condition: filtered(contract, condition), ...(files === undefined ? {} : { files }) };
  return { id, role: 'rows', columns: table.columns, read };
}
