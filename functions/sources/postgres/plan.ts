/** Plans a batch of a PostgreSQL table: its bound, whether there is anything new, and the chunks to read. */
import pg from 'pg';
import * as z from 'zod';
import type { Chunk } from '../../batch/batch-plan.ts';
import { chunkId } from '../../batch/chunk-id.ts';
import type { Contract } from '../../contract/contract.ts';
import type { PlanRequest, SourcePlan } from '../source.ts';
import { withConnection } from './connection.ts';
import { qualified } from './qualified.ts';
import { readTable, type Table } from './table-columns.ts';
import { upperBound } from './upper-bound.ts';

/** No rows, as `unorderedRows` says it. */
const NONE = '0:0';

/**
 * `cursor`: everything below it is landed. `changes`: the server's counters when the table, or its keys, were last read whole.
 * `unordered`: what the rows without a place in the order were when they were read last.
 */
const PostgresWatermark = z.object({ cursor: z.string().nullable(), changes: z.string(), unordered: z.string().default(NONE) });
type PostgresWatermark = z.infer<typeof PostgresWatermark>;

/** What a chunk's COPY reads: the columns named by the chunk, where `condition` holds (SQL with its literals escaped). */
export const PostgresRead = z.object({ condition: z.string() });

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
    watermark: { cursor: null, changes, unordered: NONE } satisfies PostgresWatermark,
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
  const { dataset, load } = contract;
  const upper = (await upperBound(client, dataset, table.oid)) ?? before?.cursor;
  if (upper === null || upper === undefined) return undefined;
  const sequence = pg.escapeIdentifier(load.sequence ?? '');
  const lower = before?.cursor ?? null;
  const from = lower === null ? `${sequence} > '-infinity'` : `${sequence} >= ${pg.escapeLiteral(lower)}`;
  const rows = await rowChunks(client, contract, table, `${from} AND ${sequence} < ${pg.escapeLiteral(upper)}`, lower === null);
  const unordered = await unorderedRows(client, contract);
  if (unordered !== (before?.unordered ?? NONE)) rows.push(unorderedChunk(contract, table));
  const keys = load.deletions && (before === undefined || before.changes !== changes) ? [keyChunk(contract, table)] : [];
  if (rows.length === 0 && keys.length === 0) return undefined;
  return {
    complete: false,
    precision: 'exact',
    bounds: { lower, upper },
    watermark: { cursor: upper, changes, unordered } satisfies PostgresWatermark,
    columns: table.columns,
    chunks: [...rows, ...keys],
  };
}

/** One chunk for what changed since; ranges of pages when the table is read from its beginning. None when nothing is in range. */
async function rowChunks(
  client: pg.Client,
  { load, object }: Contract,
  { columns }: Table,
  range: string,
  whole: boolean,
): Promise<Chunk[]> {
  const { rows } = await client.query<{ some: boolean }>(`SELECT EXISTS (SELECT FROM ${qualified(object)} WHERE ${range}) AS some`);
  if (!rows[0]?.some) return [];
  const pages = whole ? await pageRanges(client, object, load.chunkRows) : [undefined];
  return pages.map((page, index) => ({
    id: chunkId('rows', index),
    role: 'rows',
    columns,
    read: { condition: page ? `${range} AND ${page}` : range },
  }));
}

/**
 * Rows without a time, or with an infinite one, lie in no range. All of them are read again whenever one of them has changed, so that
 * Silver can set them aside and say why; count and a sum of hashes tell.
 */
async function unorderedRows(client: pg.Client, { object, load }: Contract): Promise<string> {
  const { rows } = await client.query<{ unordered: string }>(
    `SELECT concat_ws(':', count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)) AS unordered FROM ${qualified(object)} t WHERE ${isUnordered(load)}`,
  );
  return rows[0]?.unordered ?? NONE;
}

function unorderedChunk({ load }: Contract, { columns }: Table): Chunk {
  return { id: 'rows-unordered', role: 'rows', columns, read: { condition: isUnordered(load) } };
}

function isUnordered({ sequence = '' }: Contract['load']): string {
  const column = pg.escapeIdentifier(sequence);
  return `(${column} IS NULL OR ${column} IN ('infinity', '-infinity'))`;
}

/** The complete key set, read after the rows' bound was taken: a key that Silver has and this has not is deleted. */
function keyChunk({ key }: Contract, { columns }: Table): Chunk {
  return { id: chunkId('keys', 0), role: 'keys', columns: columns.filter(({ name }) => key.includes(name)), read: { condition: 'true' } };
}

/**
 * Ranges of pages, each of about `chunkRows` rows, so that a first load is read in parallel and resumed piece by piece.
 * The last one is open: pages may be added meanwhile. A row that moves to a page already read was updated, so its sequence
 * is not below the bound and the next batch has it.
 */
async function pageRanges(client: pg.Client, object: string, chunkRows: number): Promise<(string | undefined)[]> {
  const { rows } = await client.query<{ pages: number; tuples: number }>(
    `SELECT (pg_relation_size(oid) / current_setting('block_size')::int)::int AS pages, greatest(reltuples, 0)::float8 AS tuples
     FROM pg_class WHERE oid = to_regclass($1) AND relkind = 'r'`,
    [qualified(object)],
  );
  const { pages = 0, tuples = 0 } = rows[0] ?? {};
  const count = Math.max(1, Math.min(pages, Math.ceil(tuples / chunkRows)));
  if (count === 1) return [undefined];
  const step = Math.ceil(pages / count);
  return Array.from({ length: count }, (_, index) => {
    const lower = `ctid >= '(${index * step},0)'::tid`;
    return index === count - 1 ? lower : `${lower} AND ctid < '(${(index + 1) * step},0)'::tid`;
  });
}

/**
 * The server's own counters of what changed in the table, compared for equality only. They may lag by some seconds, so a change can be
 * found one run late, never lost: the counters have moved by then. A truncated or rewritten table has another file, and counters that
 * began anew, after a crash say, another beginning. For a cursor only deletions count; the rows speak for themselves.
 */
async function changeCounters(client: pg.Client, { load }: Contract, { oid }: Table): Promise<string> {
  const counters = load.mode === 'snapshot' ? "concat_ws(':', n_tup_ins, n_tup_upd, n_tup_del)" : 'n_tup_del::text';
  const { rows } = await client.query<{ changes: string }>(
    `SELECT concat_ws(':', extract(epoch FROM d.stats_reset), c.relfilenode, ${counters}) AS changes
     FROM pg_class c LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid LEFT JOIN pg_stat_database d ON d.datname = current_database()
     WHERE c.oid = $1`,
    [oid],
  );
  return rows[0]?.changes ?? '';
}
