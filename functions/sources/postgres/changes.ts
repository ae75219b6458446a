/** Tells whether a table has changed without reading it, and whether a few rows of it have. */
import type pg from 'pg';
import type { Contract } from '../../contract/contract.ts';
import { identifier } from './identifier.ts';
import { qualified } from './qualified.ts';
import { filtered } from './row-filter.ts';
import type { Table } from './table-columns.ts';

/**
 * The server's own counters of what changed in the table, compared for equality only. They may lag by some seconds, so a change can be
 * found one run late, never lost: the counters have moved by then. A truncated or rewritten table has another file, and counters that
 * began anew another beginning: after a crash PostgreSQL 15 and newer say so of the background writer alone. For a cursor only deletions
 * count, and the updates by which a row may leave the rowFilter; the rows speak for themselves.
 * Of a partitioned table its partitions are counted. A view or a foreign table has no counters: it is always taken for changed.
 */
export async function changeCounters(client: pg.Client, { load }: Contract, { members, kind }: Table): Promise<string> {
  const updates = load.rowFilter === undefined ? '' : 'n_tup_upd, ';
  const counters = load.mode === 'snapshot' ? 'n_tup_ins, n_tup_upd, n_tup_del' : `${updates}n_tup_del`;
  const { rows } = await client.query<{ changes: string }>(
    `SELECT CASE WHEN $2 THEN clock_timestamp()::text ELSE concat_ws(':', extract(epoch FROM (SELECT stats_reset FROM pg_stat_database WHERE datname = current_database())),
              extract(epoch FROM (SELECT stats_reset FROM pg_stat_bgwriter)),
              (SELECT string_agg(concat_ws(':', c.relfilenode, ${counters}), ':' ORDER BY c.oid)
               FROM pg_class c LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid WHERE c.oid = ANY($1) AND c.relkind <> 'p')) END AS changes`,
    [members, ['v', 'f'].includes(kind)],
  );
  return rows[0]?.changes ?? '';
}

/** No rows, as `fingerprint` says it. */
export const NONE = '0:0';

/** Count and a sum of hashes of the contract's rows where `condition` holds: another when one of them has changed. */
export async function fingerprint(client: pg.Client, contract: Contract, { columns }: Table, condition: string): Promise<string> {
  const row = columns.map(({ name }) => identifier(contract, name)).join(', ');
  const { rows } = await client.query<{ found: string }>(
    `SELECT concat_ws(':', count(*), coalesce(sum(hashtextextended(ROW(${row})::text, 0)), 0)) AS found FROM ${qualified(contract.object)} WHERE ${filtered(contract, condition)}`,
  );
  return rows[0]?.found ?? NONE;
}
