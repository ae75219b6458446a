/** The replication slot by which PostgreSQL keeps a dataset's log until it is committed: made by a first load, dropped when another follows it. */
import { createHash } from 'node:crypto';
import type pg from 'pg';
import { SlotLost } from '../../../errors.ts';

/** A slot of the dataset, whichever: a new one for each time the table is read whole, so that one which is given up costs nothing. */
const PREFIX = 'etl_';

export interface Slot {
  name: string;
  /** Nothing before it is decoded: no operation that the slot tells of has a lower position. */
  restart: string;
  /** What was committed before it is told of no more. */
  confirmed: string;
  /** Bytes of the log that the server keeps for it. */
  bytes: number;
  /** `reserved`, `extended`, `unreserved` or `lost`, against `max_slot_wal_keep_size`. */
  status: string;
}

/** Slots have names of up to 63 bytes, of lower-case letters, digits and underscores; a digest tells those apart that were cut or mended. */
function prefixOf(database: string, dataset: string): string {
  // Stages that read one database have slots of their own. A test has no stage.
  const whole = [process.env.ETL_STAGE, database, dataset].filter(Boolean).join('.');
  const digest = createHash('sha256').update(whole).digest('hex').slice(0, 8);
  return `${PREFIX}${whole
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '_')
    .slice(0, 40)}_${digest}_`;
}

/**
 * Waits until every transaction that was running has ended, as long as `lock_timeout` lets it.
 * `now`: milliseconds, by which its name differs from those of the slots before it.
 */
export async function createSlot(client: pg.Client, dataset: string, now: number): Promise<Slot> {
  const name = prefixOf(client.database ?? '', dataset) + now.toString(36);
  await client.query('SELECT pg_create_logical_replication_slot($1, $2)', [name, 'pgoutput']);
  return slotNamed(client, dataset, name);
}

/** @throws SlotLost when it is gone, or the server has removed what it was to keep. */
export async function slotNamed(client: pg.Client, dataset: string, name: string): Promise<Slot> {
  const { rows } = await client.query<Slot>(
    `SELECT slot_name AS name, restart_lsn::text AS restart, confirmed_flush_lsn::text AS confirmed, wal_status AS status,
            coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn), 0)::float8 AS bytes
     FROM pg_replication_slots WHERE slot_name = $1`,
    [name],
  );
  const [slot] = rows;
  if (slot && slot.status !== 'lost' && slot.restart !== null) return slot;
  throw slotLost(dataset, name, slot ? 'one whose log the server has removed (max_slot_wal_keep_size)' : 'no such slot');
}

export function slotLost(dataset: string, name: string, found: string): SlotLost {
  return new SlotLost({
    dataset,
    expected: `the replication slot ${name} with the log since the last commit`,
    found,
    remedy: `read the table whole once more, with a new slot: npx etl run --dataset ${dataset} --mode full --wait`,
  });
}

/** How long the session that read the slot before may take to leave it. */
const LEAVE_MS = 3_000;

/** Waits until nobody reads the slot, for a while: who still does is for the server to tell. */
export async function untilFree(client: pg.Client, name: string): Promise<void> {
  const until = Date.now() + LEAVE_MS;
  for (;;) {
    const { rows } = await client.query<{ active: boolean }>('SELECT active FROM pg_replication_slots WHERE slot_name = $1', [name]);
    if (!rows[0]?.active || Date.now() > until) return;
    await client.query('SELECT pg_sleep(0.02)');
  }
}

/** Lets the server forget what was committed before `lsn`. A slot that was lost since cannot move, which is for the plan to tell. */
export async function advanceSlot(client: pg.Client, dataset: string, name: string, lsn: string): Promise<void> {
  await untilFree(client, name);
  await client.query(
    `SELECT pg_replication_slot_advance(slot_name, $2::pg_lsn) FROM pg_replication_slots
     WHERE slot_name = $1 AND confirmed_flush_lsn < $2::pg_lsn AND wal_status IS DISTINCT FROM 'lost'`,
    [name, lsn],
  );
  await dropLeftOvers(client, dataset, name);
}

/** Drops the dataset's slots but the one that was committed: what the others were for was given up or replaced, or never opened a batch. */
export async function dropLeftOvers(client: pg.Client, dataset: string, committed: string | undefined): Promise<void> {
  await client.query(
    `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
     WHERE starts_with(slot_name::text, $1) AND slot_name::text IS DISTINCT FROM $2 AND NOT active`,
    [prefixOf(client.database ?? '', dataset), committed],
  );
}
