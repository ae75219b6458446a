/** Decides whether the server tells of a table's changes so that each can be applied by the contract's key; if not, says what its owner does. */
import type pg from 'pg';
import type { Contract } from '../../../contract/contract.ts';
import { sourceName } from '../../../contract/source-name.ts';
import { LogUnavailable } from '../../../errors.ts';
import { qualified } from '../qualified.ts';
import type { Table } from '../table-columns.ts';
import type { Partition } from './partitions.ts';

/** The owner of the table makes it: a reader may not. */
export const publicationOf = (dataset: string) => `etl_${dataset}`;

interface Found {
  level: string;
  replica: boolean;
  identity: 'd' | 'n' | 'f' | 'i';
  /** The columns of the index that identifies a row, or of every unique one where the whole row does. */
  keys: string[][];
  /** Null when the publication does not have the table. */
  published: { attnames?: string[] | null; rowfilter?: string | null; operations: boolean } | null;
}

/** @throws LogUnavailable */
export async function checkLog(client: pg.Client, contract: Contract, table: Table, partitions: Partition[]): Promise<void> {
  const { oid, kind, members, columns } = table;
  const { dataset, object } = contract;
  const key = contract.key.map((name) => sourceName(contract, name));
  const refuse = (expected: string, found: string, remedy: string) => {
    throw new LogUnavailable({ dataset, expected, found, remedy });
  };
  const name = qualified(object);
  const publication = publicationOf(dataset);
  const { level, replica, identity, keys, published } = await found(client, oid, publication);
  if (level !== 'logical') refuse('wal_level logical', `wal_level ${level}`, 'set wal_level = logical and start the server anew');
  if (replica) refuse('the primary server', 'a replica', "put the primary's host into the secret: npx etl secrets set postgres");
  if (!['r', 'p'].includes(kind)) refuse('a table', `no table, of which alone the log tells: ${object}`, 'load it by cursor or snapshot');
  if (kind === 'r' && members.length > 1) {
    refuse('a table that no other inherits from', `${members.length - 1} that do`, 'load it by cursor or snapshot');
  }
  if (!keys.some((columns) => columns.length === key.length && key.every((name) => columns.includes(name)))) {
    const what = { d: 'its primary key', i: 'an index', f: 'the whole row, and no unique key of it', n: 'nothing' }[identity];
    refuse(
      `rows of ${object} identified in the log by the key of the contract (${key.join(', ')})`,
      `${what}${keys[0] ? ` (${keys[0].join(', ')})` : ''}`,
      `ALTER TABLE ${name} REPLICA IDENTITY USING INDEX …, a unique index on the key; or correct the key in the contract`,
    );
  }
  const elsewhere = partitions.filter(({ isLogged }) => !isLogged).map(({ name }) => name);
  if (elsewhere.length > 0)
    refuse('partitions whose changes are in the log', `${elsewhere.join(', ')}: foreign or UNLOGGED`, 'load it by cursor or snapshot');
  // Without it the changes come under the names of the partitions.
  const asOne = kind === 'p' ? ' WITH (publish_via_partition_root = true)' : '';
  const create = `CREATE PUBLICATION ${publication} FOR TABLE ${name}${asOne}`;
  if (!published) {
    return refuse(`a publication ${publication} of ${object}${asOne}`, 'none', `DROP PUBLICATION IF EXISTS ${publication}; ${create}`);
  }
  const anew = `DROP PUBLICATION ${publication}; ${create}`;
  if (!published.operations) refuse(`a publication ${publication} of insert, update, delete and truncate`, 'not all of them', anew);
  if (published.rowfilter) refuse(`a publication ${publication} of all rows`, `those where ${published.rowfilter}`, anew);
  const hidden = columns.filter(({ name }) => published.attnames && !published.attnames.includes(sourceName(contract, name)));
  if (hidden.length > 0) {
    refuse(
      'columns that the log has',
      `${hidden.map(({ name }) => name).join(', ')}, which it has not: generated, or not published`,
      'publish them; of generated columns take them out of the contract and set schemaPolicy to discard',
    );
  }
}

async function found(client: pg.Client, oid: number, publication: string): Promise<Found> {
  const { rows } = await client.query<Found>(
    `SELECT current_setting('wal_level') AS level, pg_is_in_recovery() AS replica, c.relreplident AS identity,
            coalesce((SELECT json_agg((SELECT json_agg(a.attname) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey)))
                      FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
                        AND CASE c.relreplident WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident ELSE c.relreplident = 'f' END), '[]') AS keys,
            (SELECT to_jsonb(t) || jsonb_build_object('operations', p.pubinsert AND p.pubupdate AND p.pubdelete AND p.pubtruncate)
             FROM pg_publication p JOIN pg_publication_tables t ON t.pubname = p.pubname
             WHERE p.pubname = $2 AND t.schemaname = n.nspname AND t.tablename = c.relname) AS published
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = $1`,
    [oid, publication],
  );
  return rows[0] as Found;
}
