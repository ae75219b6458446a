/** Reads a chunk by COPY: the rows pass through as they are printed and never become JavaScript objects. */
import type pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import * as z from 'zod';
import type { Chunk } from '../../batch/batch-plan.ts';
import type { ChunkStream } from '../../batch/chunk-stream.ts';
import type { Contract } from '../../contract/contract.ts';
import { ColumnTypeChanged, TableRewritten } from '../../errors.ts';
import type { ReadRequest } from '../source.ts';
import { identifier } from './identifier.ts';
import { landedTypeOf } from './landed-types.ts';
import { MEMBERS } from './members.ts';
import { qualified } from './qualified.ts';
import { connectToRead } from './replica.ts';

/**
 * What a chunk's COPY reads: the columns named by the chunk, where `condition` holds (SQL with its literals escaped).
 * Of `constants` the same SQL in each row. `files`: of a range of pages, the files of the table and its partitions when it was planned. `lsn`: how far a replica must have come.
 */
export const PostgresRead = z.object({
  condition: z.string(),
  constants: z.record(z.string(), z.string()).default({}),
  files: z.string().optional(),
  lsn: z.string().optional(),
});
export type PostgresRead = z.input<typeof PostgresRead>;

export async function read({ contract, plan, chunk, signal }: ReadRequest): Promise<ChunkStream> {
  const { condition, constants, files, lsn } = PostgresRead.parse(chunk.read);
  const columns = chunk.columns.map(({ name }) => constants[name] ?? identifier(contract, name)).join(', ');
  const client = await connectToRead(`read ${contract.dataset} ${plan.seq}/${chunk.id}`, contract.dataset, lsn);
  try {
    // One statement is one snapshot; READ ONLY so that nothing can be written whatever the condition says.
    await client.query('BEGIN TRANSACTION READ ONLY');
    // The lock of this statement stays until the end: what is checked now is what COPY finds.
    const { fields } = await client.query(`SELECT ${columns} FROM ${qualified(contract.object)} WHERE false`);
    checkTypes(contract, chunk, fields);
    if (files !== undefined) await checkFiles(client, contract, files);
    const printed = chunk.columns.length === 1 ? `${columns}, ''` : columns;
    const copy = client.query(copyTo(`COPY (SELECT ${printed} FROM ${qualified(contract.object)} WHERE ${condition}) TO STDOUT`));
    // Whoever reads is told by what he reads; an error after he has left would end the process.
    copy.on('error', () => undefined);
    signal.addEventListener('abort', () => copy.destroy(signal.reason));
    return {
      kind: 'copy',
      bytes: copy,
      rowCount: () => copy.rowCount ?? -1,
      close: () => client.end(),
    };
  } catch (error) {
    await client.end();
    throw error;
  }
}

/** A number with a fraction would be rounded on its way into a column of integers. @throws ColumnTypeChanged */
function checkTypes({ dataset }: Contract, { columns }: Chunk, fields: pg.FieldDef[]): void {
  // Text is anything's.
  const changed = columns.find(({ type }, index) => type !== 'VARCHAR' && landedTypeOf(fields[index]?.dataTypeID) !== type);
  if (!changed) return;
  throw new ColumnTypeChanged({
    dataset,
    expected: `${changed.name} of a type that lands as ${changed.type}, as the batch was planned`,
    found: 'another type',
    remedy: 'nothing where the contract has it already: the next run plans anew; else correct physicalType there, with a new version',
  });
}

/** The files of a table and its partitions: others after a TRUNCATE, a VACUUM FULL or a CLUSTER, and rows lie in other pages then. */
export async function filesOf(client: pg.Client, object: string): Promise<string> {
  const { rows } = await client.query<{ files: string }>(
    `${MEMBERS}
     SELECT string_agg(pg_relation_filenode(oid)::text, ':' ORDER BY oid) AS files FROM member`,
    [qualified(object)],
  );
  return rows[0]?.files ?? '';
}

async function checkFiles(client: pg.Client, { dataset, object }: Contract, files: string): Promise<void> {
  if ((await filesOf(client, object)) === files) return;
  throw new TableRewritten({
    dataset,
    expected: 'the pages of the table to hold the rows that they held when the batch was planned',
    found: 'a table that was written anew since: by TRUNCATE, VACUUM FULL, CLUSTER or ALTER TABLE, or with partitions come or gone',
    remedy: 'nothing: the next run plans anew',
  });
}
