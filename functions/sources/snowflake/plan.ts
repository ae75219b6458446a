/** Plans a batch of a Snowflake table: whether it has changed, one moment for all its queries, and the queries, a chunk each. */
import * as z from 'zod';
import type { Chunk } from '../../batch/batch-plan.ts';
import { chunkId } from '../../batch/chunk-id.ts';
import type { Contract } from '../../contract/contract.ts';
import type { PlanRequest, SourcePlan } from '../source.ts';
import { connect, type SnowflakeConnection } from './connection.ts';
import { literal, placeOf, quoted, readColumns, type SnowflakeColumn, textOf } from './table-columns.ts';

/** `cursor`: the newest that was landed. `change`: Snowflake's token of the table's last change when it was read. */
const SnowflakeWatermark = z.object({ cursor: z.string().nullable(), change: z.string() });
type SnowflakeWatermark = z.infer<typeof SnowflakeWatermark>;

/** The query, whole: it is what runs, however often. `integration`: Snowflake writes the rows itself, by this storage integration. */
export const SnowflakeRead = z.object({ query: z.string(), integration: z.string().optional() });
type SnowflakeRead = z.infer<typeof SnowflakeRead>;

export async function plan({ run, contract, watermark, mode }: PlanRequest): Promise<SourcePlan | undefined> {
  const before = mode === 'full' || watermark === undefined ? undefined : SnowflakeWatermark.parse(watermark);
  const connection = await connect({ dataset: contract.dataset, run });
  try {
    const { change, now } = await momentOf(connection, contract);
    if (before?.change === change) return undefined;
    const columns = await readColumns(connection, contract);
    const table: Table = { connection, contract, columns, change, now, source: sourceAt(connection, contract, now) };
    return contract.load.mode === 'snapshot' ? await planSnapshot(table) : await planCursor(table, before);
  } finally {
    await connection.close();
  }
}

interface Table {
  connection: SnowflakeConnection;
  contract: Contract;
  columns: SnowflakeColumn[];
  change: string;
  now: string;
  /** The table as it was at `now`, as it stands in FROM. */
  source: string;
}

/** The token first and the moment after it: what changes in between is read now, and found changed once more the next time. */
async function momentOf(connection: SnowflakeConnection, contract: Contract): Promise<{ change: string; now: string }> {
  const { schema, table } = placeOf(connection, contract);
  const name = [connection.database.toUpperCase(), schema, table].map(quoted).join('.');
  const [changed] = await connection.query(`SELECT TO_VARCHAR(SYSTEM$LAST_CHANGE_COMMIT_TIME(${literal(name)}))`);
  const [clock] = await connection.query(`SELECT TO_VARCHAR(CURRENT_TIMESTAMP(), 'YYYY-MM-DD HH24:MI:SS.FF9 TZH:TZM')`);
  return { change: String(changed?.[0]), now: String(clock?.[0]) };
}

function sourceAt(connection: SnowflakeConnection, contract: Contract, now: string): string {
  const { schema, table } = placeOf(connection, contract);
  return `${quoted(schema)}.${quoted(table)} AT (TIMESTAMP => ${literal(now)}::TIMESTAMP_LTZ)`;
}

async function planSnapshot(table: Table): Promise<SourcePlan> {
  const { connection, contract, columns, change, now, source } = table;
  const [counted] = await connection.query(`SELECT TO_VARCHAR(COUNT(*)) FROM ${source}`);
  return {
    complete: true,
    precision: 'exact',
    bounds: { lower: null, upper: now },
    watermark: { cursor: null, change } satisfies SnowflakeWatermark,
    columns: columns.map(({ landed }) => landed),
    chunks: await rowChunks(table, undefined, Number(counted?.[0]), contract.load.chunkRows),
  };
}

/**
 * All from the newest landed, less the lookback, inclusive. The new cursor is the newest there is, but never later than now:
 * a row dated in the future must not hide those that come before it.
 */
async function planCursor(table: Table, before: SnowflakeWatermark | undefined): Promise<SourcePlan | undefined> {
  const { connection, contract, columns, change, source } = table;
  const { load } = contract;
  const sequence = columnNamed(columns, load.sequence ?? '');
  const lower = before?.cursor ?? null;
  const range = lower === null ? undefined : rangeFrom(sequence, lowerBound(sequence, lower, load.lookbackSeconds));
  const [counted] = await connection.query(`SELECT TO_VARCHAR(COUNT(*)), ${newest(sequence, table.now)} FROM ${source}${where(range)}`);
  const rows = Number(counted?.[0]);
  const upper = (counted?.[1] as string | null) ?? lower;
  const chunks = rows === 0 ? [] : await rowChunks(table, range, rows, load.chunkRows);
  const keys = load.deletions ? [await keyChunk(table)] : [];
  if (chunks.length + keys.length === 0) return undefined;
  return {
    complete: false,
    precision: 'bounded',
    bounds: { lower, upper },
    watermark: { cursor: upper, change } satisfies SnowflakeWatermark,
    columns: columns.map(({ landed }) => landed),
    chunks: [...chunks, ...keys],
  };
}

const isTime = ({ type }: SnowflakeColumn) => type.startsWith('TIMESTAMP_');

/** A row without a time cannot be placed: it is read whenever the table has changed, so that Silver sets it aside and none is lost. */
const rangeFrom = ({ identifier }: SnowflakeColumn, lower: string) => `(${identifier} >= ${lower} OR ${identifier} IS NULL)`;

function lowerBound(sequence: SnowflakeColumn, lower: string, lookbackSeconds: number): string {
  if (!isTime(sequence)) return literal(lower);
  return `DATEADD('second', ${-lookbackSeconds}, ${literal(lower)}::${sequence.type})`;
}

function newest(sequence: SnowflakeColumn, now: string): string {
  if (!isTime(sequence)) return `TO_VARCHAR(MAX(${sequence.identifier}))`;
  const latest = `LEAST(MAX(${sequence.identifier}), ${literal(now)}::${sequence.type})`;
  return textOf({ ...sequence, identifier: latest });
}

/** Ranges of the key's first column, of about `chunkRows` rows each, so that a first load is read in parallel and resumed piece by piece. */
async function rowChunks(
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
async function keyChunk({ connection, contract, columns, source }: Table): Promise<Chunk> {
  const keys = contract.key.map((name) => columnNamed(columns, name));
  const [counted] = await connection.query(`SELECT TO_VARCHAR(COUNT(*)) FROM ${source}`);
  const integration = integrationFor(connection, Number(counted?.[0]), contract.load.chunkRows);
  const read: SnowflakeRead = { query: selectOf(keys, source), integration };
  return { id: chunkId('keys', 0), role: 'keys', columns: keys.map(({ landed }) => landed), read };
}

const selectOf = (columns: SnowflakeColumn[], source: string, ...conditions: (string | undefined)[]) =>
  `SELECT ${columns.map((column) => `${textOf(column)} AS ${quoted(column.landed.name)}`).join(', ')} FROM ${source}${where(...conditions)}`;

function where(...conditions: (string | undefined)[]): string {
  const given = conditions.filter((condition) => condition !== undefined);
  return given.length === 0 ? '' : ` WHERE ${given.join(' AND ')}`;
}

function columnNamed(columns: SnowflakeColumn[], name: string): SnowflakeColumn {
  const found = columns.find(({ landed }) => landed.name === name);
  if (found) return found;
  throw new TypeError(`the contract names ${name} and has no such column`);
}
