/** Plans a batch of a Snowflake table: whether it has changed, one moment for all its queries, and the queries, a chunk each. */
import type { Contract } from '../../contract/contract.ts';
import { isCountedBy } from '../counted.ts';
import type { PlanRequest, SourcePlan } from '../source.ts';
import { columnNamed, countRows, keyChunk, rowChunks, type Table, where } from './chunks.ts';
import { connect, type SnowflakeConnection } from './connection.ts';
import { isRecent, planChanges, planWhole } from './plan-changes.ts';
import { literal, placeOf, quoted, readColumns, type SnowflakeColumn, textOf } from './table-columns.ts';
import { ChangesWatermark, countedBy, SnowflakeWatermark } from './watermark.ts';

export async function plan(request: PlanRequest): Promise<SourcePlan | undefined> {
  const { run, contract, watermark, mode, signal } = request;
  const connection = await connect({ dataset: contract.dataset, run, signal });
  try {
    const { change, now } = await momentOf(connection, contract);
    const tableNow = async (): Promise<Table> => {
      const columns = await readColumns(connection, contract);
      return { connection, contract, columns, change, now, source: sourceAt(connection, contract, now) };
    };
    if (contract.load.mode === 'changes') return await planOfChanges(request, change, now, tableNow);
    const kept = mode === 'full' ? undefined : SnowflakeWatermark.safeParse(watermark).data;
    const before = kept && isCountedBy(kept, countedBy(contract)) ? kept : undefined;
    if (before?.change === change) return undefined;
    return contract.load.mode === 'snapshot' ? await planSnapshot(await tableNow()) : await planCursor(await tableNow(), before);
  } finally {
    await connection.close();
  }
}

async function planOfChanges(
  { contract, watermark, mode }: PlanRequest,
  change: string,
  now: string,
  tableNow: () => Promise<Table>,
): Promise<SourcePlan | undefined> {
  const kept = mode === 'full' ? undefined : ChangesWatermark.safeParse(watermark).data;
  const before = kept && isCountedBy(kept, countedBy(contract)) ? kept : undefined;
  if (!before) return planWhole(await tableNow(), watermark !== undefined);
  if (before.change === change && isRecent(before, now)) return undefined;
  return planChanges(await tableNow(), before);
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
  const rows = await countRows(connection, source);
  return {
    complete: true,
    precision: 'exact',
    bounds: { lower: null, upper: now },
    watermark: { cursor: null, change, ...countedBy(contract) } satisfies SnowflakeWatermark,
    columns: columns.map(({ landed }) => landed),
    chunks: await rowChunks(table, undefined, rows, contract.load.chunkRows),
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
    watermark: { cursor: upper, change, ...countedBy(contract) } satisfies SnowflakeWatermark,
    columns: columns.map(({ landed }) => landed),
    chunks: [...chunks, ...keys],
  };
}

/** A row without a time cannot be placed: it is read whenever the table has changed, so that Silver sets it aside and none is lost. */
const rangeFrom = ({ identifier }: SnowflakeColumn, lower: string) => `(${identifier} >= ${lower} OR ${identifier} IS NULL)`;

/** Of a time or a day; the contract's compiler refuses numbers. */
function lowerBound({ type }: SnowflakeColumn, lower: string, lookbackSeconds: number): string {
  if (type !== 'DATE') return `DATEADD('second', ${-lookbackSeconds}, ${literal(lower)}::${type})`;
  return `${literal(dayOf(new Date(Date.parse(lower) - lookbackSeconds * 1000).toISOString()))}::DATE`;
}

const dayOf = (time: string) => time.slice(0, '2024-01-15'.length);

function newest(sequence: SnowflakeColumn, now: string): string {
  const latest = sequence.type === 'DATE' ? dayOf(now) : now;
  return textOf({ ...sequence, identifier: `LEAST(MAX(${sequence.identifier}), ${literal(latest)}::${sequence.type})` });
}
