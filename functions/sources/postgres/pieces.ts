/** Cuts a table into pieces that are read each in a snapshot of its own, in parallel and resumed piece by piece. */
import pg from 'pg';
import type { Contract } from '../../contract/contract.ts';
import { identifier } from './identifier.ts';
import { qualified } from './qualified.ts';
import { filesOf } from './read.ts';
import { filtered } from './row-filter.ts';
import type { Table } from './table-columns.ts';

/** From this version on the server reads a range of pages without reading what is before it. */
const READS_PAGE_RANGES = 140_000;

/** Tables, partitioned ones and materialized views. */
const HAS_PAGES = ['r', 'p', 'm'];

/** Pages that are looked at for each piece that is cut by key: so many that pieces differ by some tenths in size, not by their number. */
const SAMPLED_PAGES = 100;

export interface Piece {
  condition: string;
  /** Of a range of pages: the files that these pages are of. */
  files?: string;
}

/**
 * Conditions, one a piece of about `chunkRows` rows, that together hold of every row exactly once; undefined for the whole in one.
 * Ranges of pages where rows keep their place, unless they are read by the next batch again, which is for the caller to say (`settled`):
 * a row that an update moves to a page already read would be lost otherwise. Else ranges of the key, which does not move.
 */
export async function pieces(client: pg.Client, contract: Contract, table: Table, settled: boolean): Promise<(Piece | undefined)[]> {
  const count = await estimatedPieces(client, contract);
  if (count <= 1) return [undefined];
  const byPages = settled && (await hasPages(client, table));
  const files = byPages ? await filesOf(client, contract.object) : undefined;
  const conditions = byPages ? await pageRanges(client, table, count) : await keyRanges(client, contract, table, 'true', count);
  return conditions.map((condition) => (condition === undefined ? undefined : { condition, ...(files !== undefined && { files }) }));
}

/**
 * The same of the rows where `range` holds, where they are more than `chunkRows`. By the key whatever updates do: the rows that one update
 * has touched may lie in a few of the pages, all in one piece.
 */
export async function piecesWithin(client: pg.Client, contract: Contract, table: Table, range: string): Promise<(Piece | undefined)[]> {
  if (!(await isMoreThanAChunk(client, contract, range))) return [undefined];
  const conditions = await keyRanges(client, contract, table, range, await estimatedPieces(client, contract));
  return conditions.map((condition) => (condition === undefined ? undefined : { condition }));
}

/** Counted, and no further than that: of rows that have just come or changed in bulk the planner's estimate knows nothing yet. */
async function isMoreThanAChunk(client: pg.Client, contract: Contract, range: string): Promise<boolean> {
  const { object, load } = contract;
  const { rows } = await client.query<{ more: boolean }>(
    `SELECT count(*) > ${load.chunkRows} AS more
     FROM (SELECT FROM ${qualified(object)} WHERE ${filtered(contract, range)} LIMIT ${load.chunkRows + 1}) found`,
  );
  return rows[0]?.more ?? false;
}

/** Of the whole table. */
async function estimatedPieces(client: pg.Client, { object, load }: Contract): Promise<number> {
  return Math.ceil((await estimatedRows(client, object)) / load.chunkRows);
}

/** The planner knows the size of any relation, as it is now, whether it was analyzed or not. */
async function estimatedRows(client: pg.Client, object: string): Promise<number> {
  const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>(
    `EXPLAIN (FORMAT JSON) SELECT FROM ${qualified(object)}`,
  );
  return rows[0]?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0;
}

async function hasPages(client: pg.Client, { kind }: Table): Promise<boolean> {
  const { rows } = await client.query<{ version: number }>("SELECT current_setting('server_version_num')::int AS version");
  return HAS_PAGES.includes(kind) && (rows[0]?.version ?? 0) >= READS_PAGE_RANGES;
}

/** The same range of each partition; bounds so that the pages of all within a range are about as many. The last one is open: pages may be added meanwhile. */
async function pageRanges(client: pg.Client, { members }: Table, count: number): Promise<(string | undefined)[]> {
  const sizes = await pagesOf(client, members);
  const within = (page: number) => sizes.reduce((sum, size) => sum + Math.min(size, page), 0);
  const all = within(Number.POSITIVE_INFINITY);
  const bounds = Array.from({ length: count - 1 }, (_, index) => pageAt(within, Math.max(...sizes), (all * (index + 1)) / count));
  return ranges(
    [...new Set(bounds)].filter((page) => page > 0).map((page) => `'(${page},0)'::tid`),
    'ctid',
  );
}

/** The first page up to which there are as many as `wanted`. */
function pageAt(within: (page: number) => number, last: number, wanted: number): number {
  let [low, high] = [0, last];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (within(middle) >= wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}

async function pagesOf(client: pg.Client, members: readonly number[]): Promise<number[]> {
  const { rows } = await client.query<{ pages: number }>(
    "SELECT (pg_relation_size(oid) / current_setting('block_size')::int)::float8 AS pages FROM unnest($1::oid[]) oid",
    [members],
  );
  return rows.map(({ pages }) => pages ?? 0);
}

/** Each `chunkRows`th key of the rows where `range` holds is a bound, as a sample of the table's pages has it: reading the keys of all rows took longer than reading one of the pieces. */
async function keyRanges(
  client: pg.Client,
  contract: Contract,
  table: Table,
  range: string,
  count: number,
): Promise<(string | undefined)[]> {
  const { object, key, load } = contract;
  const names = key.map((name) => identifier(contract, name));
  const whole = names.map((name) => `${name} IS NOT NULL`).join(' AND ');
  const share = await sampled(client, table, count);
  const { rows } = await client.query<{ bound: string[] }>(
    `SELECT ARRAY[${names.map((name) => `${name}::text`).join(', ')}] AS bound
     FROM (SELECT ${names.join(', ')}, row_number() OVER (ORDER BY ${names.join(', ')}) AS n
           FROM ${qualified(object)} ${share < 1 ? `TABLESAMPLE SYSTEM (${share * 100})` : ''}
           WHERE ${filtered(contract, `${range} AND ${whole}`)}) keys
     WHERE n > 1 AND (n - 1) % ${Math.max(Math.round(load.chunkRows * share), 1)} = 0 ORDER BY n`,
  );
  const bounds = new Set(rows.map(({ bound }) => `(${bound.map(pg.escapeLiteral).join(', ')})`));
  const [first, ...others] = ranges([...bounds], `(${names.join(', ')})`);
  if (first === undefined) return [undefined];
  const nowhere = `(${names.map((name) => `${name} IS NULL`).join(' OR ')})`;
  // A row without a whole key belongs to the first piece: a comparison with null would have it in none.
  return [`(${first} OR ${nowhere})`, ...others.map((other) => `${other} AND NOT ${nowhere}`)];
}

/** Of a table's pages, which share is looked at. Views and foreign tables have none of their own, and are read whole. */
async function sampled(client: pg.Client, { kind, members }: Table, count: number): Promise<number> {
  if (!HAS_PAGES.includes(kind)) return 1;
  const pages = (await pagesOf(client, members)).reduce((sum, each) => sum + each, 0);
  return Math.min(1, (SAMPLED_PAGES * count) / pages);
}

function ranges(bounds: string[], of: string): (string | undefined)[] {
  if (bounds.length === 0) return [undefined];
  return [undefined, ...bounds].map((from, index) => {
    const to = bounds[index];
    return [from && `${of} >= ${from}`, to && `${of} < ${to}`].filter(Boolean).join(' AND ');
  });
}
