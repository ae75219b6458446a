/** Reads a chunk by COPY: the rows pass through as CSV and never become JavaScript objects. */
import { to as copyTo } from 'pg-copy-streams';
import type { ChunkStream } from '../../batch/chunk-stream.ts';
import type { ReadRequest } from '../source.ts';
import { connect } from './connection.ts';
import { identifier } from './identifier.ts';
import { PostgresRead } from './plan.ts';
import { qualified } from './qualified.ts';

export async function read({ contract, chunk, signal }: ReadRequest): Promise<ChunkStream> {
  const { condition, constants } = PostgresRead.parse(chunk.read);
  const columns = chunk.columns.map(({ name }) => constants[name] ?? identifier(contract, name)).join(', ');
  const client = await connect(`read ${contract.dataset}`);
  try {
    // One statement is one snapshot; READ ONLY so that nothing can be written whatever the condition says.
    await client.query('BEGIN TRANSACTION READ ONLY');
    const copy = client.query(
      copyTo(`COPY (SELECT ${columns} FROM ${qualified(contract.object)} WHERE ${condition}) TO STDOUT (FORMAT csv)`),
    );
    signal.addEventListener('abort', () => copy.destroy(signal.reason));
    return {
      kind: 'csv',
      bytes: copy,
      rowCount: () => copy.rowCount ?? -1,
      close: () => client.end(),
    };
  } catch (error) {
    await client.end();
    throw error;
  }
}
