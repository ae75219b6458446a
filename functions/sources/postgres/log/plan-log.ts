/**
 * Plans a batch of a table's log: from what the ledger has committed to what the server has written by now. The first batch, and each that
 * reads the table whole, makes a slot, reads the table in ranges whose rows are older than all that the slot tells of, and the log over them.
 */
import type pg from 'pg';
import { METRICS } from '../../../../config/metrics.ts';
import type { Chunk, LandedColumn } from '../../../batch/batch-plan.ts';
import { CHANGE_COLUMNS } from '../../../batch/change-columns.ts';
import { chunkId } from '../../../batch/chunk-id.ts';
import type { Contract } from '../../../contract/contract.ts';
import { logger } from '../../../middleware.ts';
import { recordMetric } from '../../../record-metric.ts';
import type { PlanRequest, SourcePlan } from '../../source.ts';
import { connect, withPlanConnection } from '../connection.ts';
import { pieces } from '../pieces.ts';
import type { PostgresRead } from '../read.ts';
import { readTable, type Table } from '../table-columns.ts';
import { truncated } from './change-rows.ts';
import { checkLog, publicationOf } from './check-log.ts';
import { LogWatermark } from './log-watermark.ts';
import { lsnNumber } from './lsn.ts';
import { filesByOid, newPartitions, type Partition, partitionsOf } from './partitions.ts';
import { hear, type Listener } from './pgoutput.ts';
import type { LogRead } from './read-log.ts';
import { createSlot, dropLeftOvers, type Slot, slotNamed, untilFree } from './slot.ts';
import { WalStream } from './wal-stream.ts';

/** How long a plan looks for a change of the table in what other tables have written; after that a batch does. */
const LOOK_MS = 15_000;

export function planLog(request: PlanRequest): Promise<SourcePlan | undefined> {
  const { contract, watermark, mode, isTrial } = request;
  return withPlanConnection(request, async (client) => {
    const table = await readTable(client, contract);
    const partitions = await partitionsOf(client, table);
    await checkLog(client, contract, table, partitions);
    // A watermark of another load mode says nothing of the log.
    const committed = LogWatermark.safeParse(watermark).data;
    if (mode === 'full' || !committed) {
      const slot = isTrial ? NO_SLOT : await newSlot(client, contract, committed?.slot);
      return planWhole(client, contract, table, partitions, slot, committed, watermark !== undefined);
    }
    if (committed.table !== table.oid) throw truncated(contract, 'another table of that name, made since');
    return planChanges(client, contract, table, partitions, committed);
  });
}

/** Whoever plans has no open batch, so a slot that is not the committed one is a plan's that came to nothing. */
async function newSlot(client: pg.Client, { dataset }: Contract, committed: string | undefined): Promise<Slot> {
  await dropLeftOvers(client, dataset, committed);
  return createSlot(client, dataset, Date.now());
}

/** A slot that nobody reads keeps the server's log for ever, so a plan that will not run makes none. */
const NO_SLOT: Slot = { name: '', restart: '0/1', confirmed: '0/1', bytes: 0, status: 'reserved' };

/** `isAgain`: Silver has rows, of which those go that the table has no more. */
async function planWhole(
  client: pg.Client,
  contract: Contract,
  table: Table,
  partitions: Partition[],
  slot: Slot,
  committed: LogWatermark | undefined,
  isAgain: boolean,
): Promise<SourcePlan> {
  const upper = await written(client);
  const base = await baseAbove(client, slot, committed);
  const columns = [...table.columns, ...CHANGE_COLUMNS];
  // Pages do: a row that moves to one that was read already is in the log.
  const parts = await pieces(client, contract, table, true);
  const rows = parts.map((piece, index) => rowsChunk(columns, slot, base, index, { condition: 'true', ...piece }));
  return {
    complete: isAgain,
    precision: 'exact',
    bounds: { lower: null, upper },
    watermark: {
      slot: slot.name,
      lsn: upper,
      table: table.oid,
      settled: false,
      base,
      partitions: filesByOid(partitions),
    } satisfies LogWatermark,
    columns,
    chunks: [...rows, logChunk(columns, { slot: slot.name, lower: slot.confirmed, upper, table: table.oid, fills: true, base })],
  };
}

async function planChanges(
  client: pg.Client,
  contract: Contract,
  table: Table,
  partitions: Partition[],
  before: LogWatermark,
): Promise<SourcePlan | undefined> {
  const come = newPartitions(contract, before.partitions, partitions);
  const slot = await slotNamed(client, contract.dataset, before.slot);
  watch(contract, slot);
  // A look that found nothing may have told the server more than the ledger knows.
  const lower = lsnNumber(slot.confirmed) > lsnNumber(before.lsn) ? slot.confirmed : before.lsn;
  const upper = await written(client);
  const isUnchanged = async () => lsnNumber(upper) <= lsnNumber(lower) || (await isQuiet(client, contract, table, slot, lower, upper));
  if (come.length === 0 && (await isUnchanged())) return undefined;
  const columns = [...table.columns, ...CHANGE_COLUMNS];
  return {
    complete: false,
    precision: 'exact',
    bounds: { lower: before.lsn, upper },
    watermark: { ...before, lsn: upper, settled: come.length === 0, partitions: filesByOid(partitions) } satisfies LogWatermark,
    columns,
    chunks: [
      ...come.map(({ condition }, index) => rowsChunk(columns, slot, before.base, index, { condition })),
      logChunk(columns, {
        slot: slot.name,
        lower,
        upper,
        table: table.oid,
        fills: !before.settled || come.length > 0,
        base: before.base,
      }),
    ],
  };
}

/** Of rows as the table has them: older than all that the slot tells of, which counts more. */
function rowsChunk(columns: LandedColumn[], { restart }: Slot, base: string, index: number, read: PostgresRead): Chunk {
  const position = lsnNumber(restart) - 1n + BigInt(base);
  const constants = { _operation: "'read'", _position: `${position}::bigint`, _changed_at: microseconds('now()'), _kept: 'NULL' };
  return { id: chunkId('rows', index), role: 'rows', columns, read: { ...read, constants } satisfies PostgresRead };
}

function logChunk(columns: LandedColumn[], read: LogRead): Chunk {
  return { id: 'log-0001', role: 'rows', columns, read };
}

/**
 * By which the rows of a table that is read whole have a higher position than all before them: of this log or another server's, and of another
 * load mode, which counts in microseconds.
 */
async function baseAbove(client: pg.Client, { restart }: Slot, committed: LogWatermark | undefined): Promise<string> {
  const { rows } = await client.query<{ now: string }>(`SELECT ${microseconds('clock_timestamp()')}::text AS now`);
  const [before, now] = [committed ? lsnNumber(committed.lsn) + BigInt(committed.base) : 0n, BigInt(rows[0]?.now ?? 0)];
  return String((before > now ? before : now) + 1n - lsnNumber(restart));
}

/** Since 1970. */
const microseconds = (time: string) => `(extract(epoch FROM ${time}) * 1000000)::bigint`;

/** What the server will not lose any more. */
async function written(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ lsn: string }>('SELECT pg_current_wal_flush_lsn()::text AS lsn');
  return rows[0]?.lsn ?? '';
}

function watch({ dataset }: Contract, { name, bytes, status }: Slot): void {
  recordMetric(METRICS.slotBytes, { Dataset: dataset }, bytes);
  if (status === 'unreserved')
    logger.warn('the server will soon remove what the slot still needs: max_slot_wal_keep_size', { dataset, slot: name });
}

/**
 * Whether nothing of the table was changed. Then the server may forget what it has kept, although no batch says so: other tables may write
 * while this one is quiet for weeks.
 */
async function isQuiet(client: pg.Client, contract: Contract, table: Table, slot: Slot, lower: string, upper: string): Promise<boolean> {
  await untilFree(client, slot.name);
  const signal = AbortSignal.timeout(LOOK_MS);
  const at = { from: lsnNumber(lower), acknowledged: lsnNumber(lower) };
  const stream = new WalStream(
    await connect(`look ${contract.dataset}`, { replication: 'database' }),
    slot.name,
    at,
    publicationOf(contract.dataset),
  );
  const change = new FirstChange(table.oid, lsnNumber(upper));
  let isTold = false;
  try {
    for await (const messages of stream.messages(signal)) {
      // The server answers once it has read what it was told; an answer that was under way already leaves it to the next look.
      if (isTold) return true;
      for (const { kind, body, from, lsn } of messages) {
        if (kind === 'alive') change.alive(lsn);
        else hear(body, from, lsn, change);
        if (change.isFound) return false;
      }
      if (change.isPast) {
        stream.report(lsnNumber(upper), true);
        isTold = true;
      }
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return false;
}

class FirstChange implements Listener {
  isFound = false;
  isPast = false;
  readonly #table: number;
  readonly #upper: bigint;

  constructor(table: number, upper: bigint) {
    this.#table = table;
    this.#upper = upper;
  }

  begin(commit: bigint): void {
    this.isPast ||= commit >= this.#upper;
  }

  alive(lsn: bigint): void {
    this.isPast ||= lsn >= this.#upper;
  }

  insert = (relation: number): void => this.#see(relation);
  update = (relation: number): void => this.#see(relation);
  delete = (relation: number): void => this.#see(relation);
  truncate(relations: number[]): void {
    for (const relation of relations) this.#see(relation);
  }

  commit(): void {}
  relation(): void {}

  #see(relation: number): void {
    this.isFound ||= relation === this.#table && !this.isPast;
  }
}
