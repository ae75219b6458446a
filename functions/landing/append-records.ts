/** Appends batches of rows to a DuckDB table whose columns are those that land. */
import { type DuckDBAppender, DuckDBBlobValue, type DuckDBConnection } from '@duckdb/node-api';
import type { LandedColumn } from '../batch/batch-plan.ts';
import type { LandedValue } from '../batch/chunk-stream.ts';

export async function appendRecords(
  connection: DuckDBConnection,
  table: string,
  columns: readonly LandedColumn[],
  batches: AsyncIterable<readonly (readonly LandedValue[])[]>,
  signal: AbortSignal,
): Promise<void> {
  const declared = columns.map(({ name, type }) => `"${name.replaceAll('"', '""')}" ${type}`).join(', ');
  await connection.run(`CREATE TABLE ${table} (${declared})`);
  const appender = await connection.createAppender(table);
  for await (const batch of batches) {
    signal.throwIfAborted();
    for (const row of batch) appendRow(appender, columns, row);
    appender.flushSync();
  }
  appender.closeSync();
}

function appendRow(appender: DuckDBAppender, columns: readonly LandedColumn[], row: readonly LandedValue[]): void {
  columns.forEach(({ type }, index) => {
    appendValue(appender, type, row[index] ?? null);
  });
  appender.endRow();
}

function appendValue(appender: DuckDBAppender, type: LandedColumn['type'], value: LandedValue): void {
  if (value === null) appender.appendNull();
  else if (type === 'BLOB') appender.appendBlob(value instanceof Uint8Array ? value : DuckDBBlobValue.fromString(String(value)).bytes);
  else if (type === 'BIGINT') appender.appendBigInt(BigInt(value as string | number | bigint));
  else if (type === 'INTEGER') appender.appendInteger(Number(value));
  else if (type === 'BOOLEAN') appender.appendBoolean(value === true);
  else appender.appendVarchar(String(value));
}
