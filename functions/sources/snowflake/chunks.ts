/** The queries of a batch, a chunk each: which columns they print, which range of the key each has, and whether Snowflake writes the rows itself. */
import * as z from 'zod';
import type { Chunk } from '../../batch/batch-plan.ts';
import { chunkId } from '../../batch/chunk-id.ts';
import type { Contract } from '../../contract/contract.ts';
import type { SnowflakeConnection } from './connection.ts';
import { literal, quoted, type SnowflakeColumn, textOf } from './table-columns.ts';

/** The query, whole: it is what runs, however often. `integration`: Snowflake writes the rows itself, by this storage integration. */
export const SnowflakeRead = z.object({ query: z.string(), integration: z.string().optional() });
export type SnowflakeRead = z.infer<typeof SnowflakeRead>;

export interface Table {
  connection: SnowflakeConnection;
  contract: Contract;
  columns: SnowflakeColumn[];
  change: string;
  now: string;
  /** The table as it was at `now`, as it stands in FROM. */
  source: string;
}

/** Ranges of the key's first column, of about `chunkRows` rows each, so that a first load is read in parallel and resumed piece by piece. */
export async function rowChunks(
  { connection, contract, columns, source }: Table,
  range: string | undefined,
  rows: number,
  chunkRows: number,
): Promise<Chunk[]> {
  const key = columnNamed(columns, contract.key[0] ?? '');
  const count = Math.max(1, Math.ceil(rows / chunkRows));
  const bounds = count === 1 ? [] : await keyBounds(connection, key, source, range, count);
  const landed = columns.map((column) => column.landed);
  const integration = integrationFor(connection, rows, chunkRows);
  return [undefined, ...bounds].map((from, index) => {
    return {
      id: chunkId('rows', index),
      role: 'rows',
      columns: landed,
      read: { query: selectOf(columns, source, range, ...betweenKeys(key, from, bounds[index])), integration } satisfies SnowflakeRead,
    };
  });
}

/**
 * Many rows are unloaded where there is an integration. Fewer are over sooner by the driver's stream, which waits for no file and no second
 * invocation.
 */
function integrationFor({ integration, unloadRows }: SnowflakeConnection, rows: number, chunkRows: number): string | undefined {
  return rows > (unloadRows ?? chunkRows) ? integration : undefined;
}

/** The first key of each piece but the first, without repetition. */
async function keyBounds(
  connection: SnowflakeConnection,
  key: SnowflakeColumn,
  source: string,
  range: string | undefined,
  count: number,
): Promise<string[]> {
  const tiles = `SELECT ${key.identifier} AS K, NTILE(${count}) OVER (ORDER BY ${key.identifier}) AS TILE FROM ${source}${where(range, `${key.identifier} IS NOT NULL`)}`;
  const firsts = await connection.query(`SELECT TO_VARCHAR(MIN(K)) FROM (${tiles}) GROUP BY TILE HAVING TILE > 1 ORDER BY MIN(K)`);
  return [...new Set(firsts.map(([first]) => String(first)))];
}

/** A row without a key belongs to the first piece: none may be left out. */
function betweenKeys({ identifier }: SnowflakeColumn, from: string | undefined, to: string | undefined): string[] {
  if (from === undefined) return to === undefined ? [] : [`(${identifier} < ${literal(to)} OR ${identifier} IS NULL)`];
  return [`${identifier} >= ${literal(from)}`, ...(to === undefined ? [] : [`${identifier} < ${literal(to)}`])];
}

/** The complete key set, at the same moment as the rows: a key that Silver has and this has not is deleted. */
export async function keyChunk({ connection, contract, columns, source }: Table): Promise<Chunk> {
  const keys = contract.key.map((name) => columnNamed(columns, name));
  // How many there are decides nothing where all come through the driver.
  const rows = connection.integration === undefined ? 0 : await countRows(connection, source);
  const read: SnowflakeRead = { query: selectOf(keys, source), integration: integrationFor(connection, rows, contract.load.chunkRows) };
  return { id: chunkId('keys', 0), role: 'keys', columns: keys.map(({ landed }) => landed), read };
}

/** `source`: what stands in FROM, conditions behind it or none. */
export async function countRows(connection: SnowflakeConnection, source: string): Promise<number> {
  const [counted] = await connection.query(`SELECT TO_VARCHAR(COUNT(*)) FROM ${source}`);
  return Number(counted?.[0]);
}

export const selectOf = (columns: SnowflakeColumn[], source: string, ...conditions: (string | undefined)[]) =>
  `SELECT ${columns.map((column) => `${textOf(column)} AS ${quoted(column.landed.name)}`).join(', ')} FROM ${source}${where(...conditions)}`;

export function where(...conditions: (string | undefined)[]): string {
  const given = conditions.filter((condition) => condition !== undefined);
  return given.length === 0 ? '' : ` WHERE ${given.join(' AND ')}`;
}

export function columnNamed(columns: SnowflakeColumn[], name: string): SnowflakeColumn {
  const found = columns.find(({ landed }) => landed.name === name);
  if (found) return found;
  throw new TypeError(`the contract names ${name} and has no such column`);
}
