/** Appends batches of rows to a DuckDB table whose columns are those that land. */
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DuckDBBlobValue,
  type DuckDBConnection,
  DuckDBDataChunk,
  type DuckDBType,
  type DuckDBValue,
  INTEGER,
  VARCHAR,
} from '@duckdb/node-api';
import type { LandedColumn } from '../batch/batch-plan.ts';
import type { LandedValue } from '../batch/chunk-stream.ts';

/** As many rows as DuckDB takes at once. By columns a number costs no call into it; row by row every value did (ADR 26). */
const VECTOR = 2_048;

export async function appendRecords(
  connection: DuckDBConnection,
  table: string,
  columns: readonly LandedColumn[],
  batches: AsyncIterable<readonly (readonly LandedValue[])[]>,
  signal: AbortSignal,
): Promise<void> {
  const kinds = columns.map(({ type }) => kindOf(type));
  const types = kinds.map(({ type }) => type);
  const declared = columns.map(({ name, type }) => `"${name.replaceAll('"', '""')}" ${type}`).join(', ');
  await connection.run(`CREATE TABLE ${table} (${declared})`);
  const appender = await connection.createAppender(table);
  for await (const batch of batches) {
    signal.throwIfAborted();
    for (let at = 0; at < batch.length; at += VECTOR) {
      const rows = batch.slice(at, at + VECTOR);
      const chunk = DuckDBDataChunk.create(types, rows.length);
      kinds.forEach(({ asValue }, index) => {
        const values = rows.map((row) => row[index] ?? null).map((value) => (value === null ? null : asValue(value)));
        chunk.setColumnValues(index, values);
      });
      appender.appendDataChunk(chunk);
    }
    appender.flushSync();
  }
  appender.closeSync();
}

interface Kind {
  type: DuckDBType;
  asValue(value: Exclude<LandedValue, null>): DuckDBValue;
}

/** What is none of these is handed over as text, which DuckDB casts. */
function kindOf(type: LandedColumn['type']): Kind {
  switch (type) {
    case 'BLOB':
      return {
        type: BLOB,
        asValue: (value) => (value instanceof Uint8Array ? new DuckDBBlobValue(value) : DuckDBBlobValue.fromString(String(value))),
      };
    case 'BIGINT':
      return { type: BIGINT, asValue: (value) => BigInt(value as string | number | bigint) };
    case 'INTEGER':
      return { type: INTEGER, asValue: Number };
    case 'BOOLEAN':
      return { type: BOOLEAN, asValue: (value) => value === true };
    default:
      return { type: VARCHAR, asValue: String };
  }
}
