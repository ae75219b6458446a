/** DuckDB for the files of one chunk: within the memory that the function leaves it, with a folder in /tmp that goes with it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { outOfRoom } from './out-of-room.ts';

/** Half of what the function has (infra/functions.ts): the rest is Node's and the stream's. What needs more spills to the folder. */
const DUCKDB_MEMORY = '1GB';

/** @throws DiskFull; MemoryFull. */
export async function withDuckdb<T>(dataset: string, use: (connection: DuckDBConnection, folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'chunk-'));
  const duckdb = await DuckDBInstance.create(':memory:', { memory_limit: DUCKDB_MEMORY, temp_directory: folder });
  const connection = await duckdb.connect();
  try {
    await connection.run("SET TimeZone = 'UTC'");
    return await use(connection, folder);
  } catch (error) {
    throw outOfRoom(dataset, error) ?? error;
  } finally {
    connection.closeSync();
    duckdb.closeSync();
    await rm(folder, { recursive: true, force: true });
  }
}
