/** Plans a batch of a PostgreSQL table: what was read before, whether there is anything new, and the chunks to read. */
import type pg from 'pg';
import type { Contract } from '../../contract/contract.ts';
import { isCountedBy } from '../counted.ts';
import type { PlanRequest, SourcePlan } from '../source.ts';
import { changeCounters } from './changes.ts';
import { withPlanConnection } from './connection.ts';
import { planCursor } from './plan-cursor.ts';
import { planSnapshot } from './plan-snapshot.ts';
import type { PostgresRead } from './read.ts';
import { placeInLog } from './replica.ts';
import { readTable, type Table } from './table-columns.ts';
import { countedBy, PostgresWatermark } from './watermark.ts';

export interface Planning {
  client: pg.Client;
  contract: Contract;
  table: Table;
  /** The server's counters of the table now. */
  changes: string;
  /** Undefined where the table is read from its beginning. */
  before: PostgresWatermark | undefined;
}

export function plan(request: PlanRequest): Promise<SourcePlan | undefined> {
  const { contract, watermark, mode } = request;
  const kept = mode === 'full' ? undefined : PostgresWatermark.safeParse(watermark).data;
  // Rows that another filter let through, or kept out, are nowhere in what has changed since.
  const before = kept?.filter === (contract.load.rowFilter ?? '') && isCountedBy(kept, countedBy(contract)) ? kept : undefined;
  return withPlanConnection(request, async (client) => {
    const table = await readTable(client, contract);
    const changes = await changeCounters(client, contract, table);
    const planning = { client, contract, table, changes, before };
    const found = contract.load.mode === 'snapshot' ? planSnapshot(planning) : await planCursor(planning);
    return found && forReplica(found, await placeInLog(client));
  });
}

function forReplica(plan: SourcePlan, lsn: string | undefined): SourcePlan {
  if (lsn === undefined) return plan;
  return { ...plan, chunks: plan.chunks.map((chunk) => ({ ...chunk, read: { ...(chunk.read as PostgresRead), lsn } })) };
}
