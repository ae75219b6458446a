/**
 * The partitions of a table that is loaded by its log. What is written into them is in the log; that one is attached with its rows, detached,
 * dropped or emptied by itself is not.
 */
import type pg from 'pg';
import type { Contract } from '../../../contract/contract.ts';
import type { Table } from '../table-columns.ts';
import { truncated } from './change-rows.ts';

export interface Partition {
  oid: string;
  name: string;
  /** Another after a TRUNCATE, and after a VACUUM FULL or a CLUSTER too. */
  file: string | null;
  /** Whether what is written into it is in the log: not into a foreign table, or one that is UNLOGGED. */
  isLogged: boolean;
  /** SQL that holds of its rows alone. */
  condition: string;
}

/** Those that hold rows; none of a table that is not partitioned. */
export async function partitionsOf(client: pg.Client, { oid, kind, members }: Table): Promise<Partition[]> {
  if (kind !== 'p') return [];
  const { rows } = await client.query<Partition>(
    `SELECT oid::text, oid::regclass::text AS name, pg_relation_filenode(oid)::text AS file, relkind = 'r' AND relpersistence = 'p' AS "isLogged",
            concat_ws(' AND ', 'tableoid = ' || oid, '(' || pg_get_partition_constraintdef(oid) || ')') AS condition
     FROM pg_class WHERE oid = ANY ($1) AND oid <> $2 AND relkind <> 'p' ORDER BY oid`,
    [members, oid],
  );
  return rows;
}

export const filesByOid = (partitions: readonly Partition[]): Record<string, string> =>
  Object.fromEntries(partitions.map(({ oid, file }) => [oid, file ?? '']));

/** Those that have come since `before`, whose rows may be in no log. @throws TableTruncated when one is gone or was written anew. */
export function newPartitions(contract: Contract, before: Record<string, string>, partitions: readonly Partition[]): Partition[] {
  const now = filesByOid(partitions);
  const gone = Object.keys(before).filter((oid) => !(oid in now));
  if (gone.length > 0) throw truncated(contract, `${gone.length} of its partitions dropped or detached`);
  const anew = partitions.filter(({ oid, file }) => oid in before && before[oid] !== file);
  if (anew.length > 0) {
    throw truncated(contract, `${anew.map(({ name }) => name).join(', ')} emptied or written anew (TRUNCATE, VACUUM FULL, CLUSTER)`);
  }
  return partitions.filter(({ oid }) => !(oid in before));
}
