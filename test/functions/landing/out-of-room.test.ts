import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from '@jest/globals';
import type { LandedColumn } from '../../../functions/batch/batch-plan.ts';
import { appendRecords } from '../../../functions/landing/append-records.ts';
import { outOfRoom } from '../../../functions/landing/out-of-room.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
const columns: LandedColumn[] = [{ name: 'text', type: 'VARCHAR' }];

/** What DuckDB throws where it has 16 MB of memory and 1 MB of disk. */
async function failureOf(work: (connection: DuckDBConnection) => Promise<unknown>): Promise<unknown> {
  const duckdb = await DuckDBInstance.create(':memory:', { memory_limit: '16MB', temp_directory: join(folder, 'spilled') });
  const connection = await duckdb.connect();
  try {
    await connection.run("SET max_temp_directory_size = '1MB'");
    return await work(connection).then(
      () => undefined,
      (error: unknown) => error,
    );
  } finally {
    connection.closeSync();
    duckdb.closeSync();
  }
}

/** Hardly to be compressed. */
async function* batches() {
  for (let batch = 0; batch < 40; batch += 1)
    yield Array.from({ length: 5_000 }, (_, row) => [
      Array.from({ length: 8 }, (_, part) => Math.sin(batch * 5_000 + row + part / 8)).join(),
    ]);
}

test('rows that find no room on the disk are DiskFull, with what to do', async () => {
  const failure = await failureOf((connection) => appendRecords(connection, 'chunk', columns, batches(), new AbortController().signal));
  expect(String(failure)).toMatch(/failed to offload data block/);
  expect(outOfRoom('users', failure)).toMatchObject({
    code: 'DiskFull',
    retry: 'never',
    dataset: 'users',
    remedy: expect.stringMatching(/chunkRows.* npx etl run --dataset users --abandon --wait/),
    cause: failure,
  });
});

test('a row that is too long for the memory is MemoryFull, with what to do', async () => {
  const file = join(folder, 'long.parquet');
  const failure = await failureOf((connection) => connection.run(`COPY (SELECT repeat('x', 50000000)) TO '${file}' (FORMAT parquet)`));
  expect(String(failure)).toMatch(/Out of Memory Error/);
  expect(outOfRoom('users', failure)).toMatchObject({
    code: 'MemoryFull',
    retry: 'never',
    dataset: 'users',
    remedy: expect.stringContaining('memory of the function extract'),
    cause: failure,
  });
});

test('any other failure keeps its own name', () => {
  expect(outOfRoom('users', new Error('the connection broke'))).toBeUndefined();
});
