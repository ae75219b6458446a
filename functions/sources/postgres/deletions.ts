/** Whether the key set is to be read, by which deleted rows are found: when rows were deleted since, and no more often than the contract says. */
import type { Chunk } from '../../batch/batch-plan.ts';
import { chunkId } from '../../batch/chunk-id.ts';
import type { Planning } from './plan.ts';
import type { PostgresRead } from './read.ts';
import { filtered } from './row-filter.ts';
import type { PostgresWatermark } from './watermark.ts';

export interface Deletions extends Pick<PostgresWatermark, 'changes' | 'keysAt'> {
  chunks: Chunk[];
}

/** `changes` stays what it was until the keys are read again, so that what was deleted meanwhile is found then. */
export async function deletions({ client, contract, table, changes, before }: Planning): Promise<Deletions> {
  const { deletions, deletionsEveryHours } = contract.load;
  const { rows } = await client.query<{ now: string; due: boolean }>(
    'SELECT now()::text AS now, coalesce(now() >= $1::timestamptz + make_interval(secs => $2), true) AS due',
    [before?.keysAt ?? null, deletionsEveryHours * 3600],
  );
  const [clock] = rows;
  if (deletions && before?.changes !== changes && clock?.due) {
    return { chunks: [keyChunk({ contract, table })], changes, keysAt: clock.now };
  }
  return { chunks: [], changes: deletions && before ? before.changes : changes, keysAt: before?.keysAt ?? null };
}

/** The complete key set, read after the rows' bound was taken: a key that Silver has and this has not is deleted. */
function keyChunk({ contract, table }: Pick<Planning, 'contract' | 'table'>): Chunk {
  const columns = table.columns.filter(({ name }) => contract.key.includes(name));
  return { id: chunkId('keys', 0), role: 'keys', columns, read: { condition: filtered(contract, 'true') } satisfies PostgresRead };
}
