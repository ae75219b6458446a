/** Plans a batch of a PostgreSQL table: its bound, whether there is anything new, and the chunks to read. */
import type pg from 'pg';
import * as z from 'zod';
import type { Chunk } from '../../batch/batch-plan.ts';
import { chunkId } from '../../batch/chunk-id.ts';
import type { Contract } from '../../contract/contract.ts';
import type { PlanRequest, SourcePlan } from '../source.ts';
import { changeCounters, fingerprint, NONE } from './changes.ts';
import { withConnection } from './connection.ts';
import { pieces } from './pieces.ts';
import { qualified } from './qualified.ts';
import { between, checkCursor, isUnplaced, lookedBack, newer, readSequence, type Sequence } from './sequence.ts';
import { readTable, type Table } from './table-columns.ts';
import { upperBound } from './upper-bound.ts';

/**
 * `cursor`: everything below it is landed, of a number with it. `changes`: the server's counters when the table, or its keys, were last
 * read whole. `unordered`: what the rows without a place in the order were when they were read last; `lookback` those within the lookback.
 */
const PostgresWatermark = z.object({
  cursor: z.string().nullable(),
  changes: z.string(),
  unordered: z.string().default(NONE),
  lookback: z.string().default(NONE),
});
type PostgresWatermark = z.infer<typeof PostgresWatermark>;

/** What a chunk's COPY reads: the columns named by the chunk, where `condition` holds (SQL with its literals escaped); of `constants` the same SQL in each row. */
export const PostgresRead = z.object({ condition: z.string(), constants: z.record(z.string(), z.string()).default({}) });

export function plan({ contract, watermark, mode }: PlanRequest): Promise<SourcePlan | undefined> {
  const before = mode === 'full' || watermark === undefined ? undefined : PostgresWatermark.parse(watermark);
  return withConnection(`plan ${contract.dataset}`, async (client) => {
    const table = await readTable(client, contract);
    const changes = await changeCounters(client, contract, table);
    return contract.load.mode === 'snapshot' ? planSnapshot(table, changes, before) : planCursor(client, contract, table, changes, before);
  });
}

/** The whole table when anything in it has changed since it was read last. */
function planSnapshot({ columns }: Table, changes: string, before: PostgresWatermark | undefined): SourcePlan | undefined {
  if (before?.changes === changes) return undefined;
  return {
    complete: true,
    precision: 'exact',
    bounds: { lower: null, upper: null },
    watermark: { cursor: null, changes, unordered: NONE, lookback: NONE } satisfies PostgresWatermark,
    columns,
    chunks: [{ id: chunkId('rows', 0), role: 'rows', columns, read: { condition: 'true' } }],
  };
}

async function planCursor(
  client: pg.Client,
  contract: Contract,
  table: Table,
  changes: string,
  before: PostgresWatermark | undefined,
): Promise<SourcePlan | undefined> {
  const sequence = await readSequence(client, contract, table);
  const lower = before?.cursor ?? null;
  checkCursor(contract, sequence, lower);
  const bound = await upperBound(client, contract, table, sequence);
  if (bound.held && !before) return undefined;
  const upper = bound.held ? lower : (bound.upper ?? lower);
  const rows = await orderedChunks(client, contract, table, sequence, { before, lower, upper });
  const unordered = await fingerprint(client, contract, table, isUnplaced(sequence));
  if (unordered !== (before?.unordered ?? NONE)) rows.push(unorderedChunk(table, sequence));
  const keys = contract.load.deletions && (before === undefined || before.changes !== changes) ? [keyChunk(contract, table)] : [];
  if (rows.length === 0 && (keys.length === 0 || upper === null)) return undefined;
  return {
    complete: false,
    precision: sequence.precision,
    bounds: { lower, upper },
    watermark: {
      cursor: upper,
      changes,
      unordered,
      lookback: await withinLookback(client, contract, table, sequence, upper),
    } satisfies PostgresWatermark,
    columns: table.columns,
    chunks: [...rows, ...keys],
  };
}

interface Range {
  before: PostgresWatermark | undefined;
  lower: string | null;
  upper: string | null;
}

/** One chunk for what changed since; pieces of the table when it is read from its beginning. None when nothing is in range. */
async function orderedChunks(
  client: pg.Client,
  contract: Contract,
  table: Table,
  sequence: Sequence,
  { before, lower, upper }: Range,
): Promise<Chunk[]> {
  if (upper === null) return [];
  const come = await some(client, contract, newer(sequence, lower, upper));
  if (!come && (await withinLookback(client, contract, table, sequence, lower)) === (before?.lookback ?? NONE)) return [];
  const settled = sequence.setByUpdates || contract.load.mode === 'append';
  const parts = lower === null ? await pieces(client, contract, table, settled) : [undefined];
  const range = between(sequence, lower, upper);
  return parts.map((piece, index) => ({
    id: chunkId('rows', index),
    role: 'rows',
    columns: table.columns,
    read: { condition: piece ? `${range} AND ${piece}` : range },
  }));
}

async function some(client: pg.Client, { object }: Contract, condition: string): Promise<boolean> {
  const { rows } = await client.query<{ some: boolean }>(`SELECT EXISTS (SELECT FROM ${qualified(object)} WHERE ${condition}) AS some`);
  return rows[0]?.some ?? false;
}

/** What is there below a bound that was passed, as far back as the lookback goes: another when a row has appeared there since. */
async function withinLookback(
  client: pg.Client,
  contract: Contract,
  table: Table,
  sequence: Sequence,
  bound: string | null,
): Promise<string> {
  if (bound === null || sequence.lookbackSeconds === 0) return NONE;
  return fingerprint(client, contract, table, lookedBack(sequence, bound));
}

/**
 * Rows without a time or number, or with an infinite one, lie in no range. All of them are read again whenever one of them has changed,
 * so that Silver can set them aside and say why.
 */
function unorderedChunk({ columns }: Table, sequence: Sequence): Chunk {
  return { id: 'rows-unordered', role: 'rows', columns, read: { condition: isUnplaced(sequence) } };
}

/** The complete key set, read after the rows' bound was taken: a key that Silver has and this has not is deleted. */
function keyChunk({ key }: Contract, { columns }: Table): Chunk {
  return { id: chunkId('keys', 0), role: 'keys', columns: columns.filter(({ name }) => key.includes(name)), read: { condition: 'true' } };
}
