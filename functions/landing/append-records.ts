/** Appends batches of rows to a DuckDB table whose columns are those that land. */
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  type DuckDBAppender,
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
import { quotedName } from './quoted.ts';

/** As many rows as DuckDB takes at once. By columns a number costs no call into it; row by row every value did (ADR 26). */
const VECTOR = 2_048;
/**
 * From so many rows or octets on, what is appended goes into the table. DuckDB takes two whole groups of rows over as they are and copies what
 * is less once more; until then they are in its memory beside its limit.
 */
const HELD = { rows: 2 * 122_880, octets: 96 * 1024 * 1024 };

export async function appendRecords(
  connection: DuckDBConnection,
  table: string,
  columns: readonly LandedColumn[],
  batches: AsyncIterable<readonly (readonly LandedValue[])[]>,
  signal: AbortSignal,
): Promise<void> {
  const kinds = columns.map(({ type }) => kindOf(type));
  const declared = columns.map(({ name, type }) => `${quotedName(name)} ${type}`).join(', ');
  await connection.run(`CREATE TABLE ${table} (${declared})`);
  const appender = await connection.createAppender(table);
  let held = { octets: 0, rows: 0 };
  for await (const batch of batches) {
    signal.throwIfAborted();
    for (let at = 0; at < batch.length; at += VECTOR) {
      const rows = batch.slice(at, at + VECTOR);
      held.octets += appendVector(appender, kinds, rows);
      held.rows += rows.length;
      if (held.octets < HELD.octets && held.rows < HELD.rows) continue;
      appender.flushSync();
      held = { octets: 0, rows: 0 };
    }
  }
  appender.closeSync();
}

/** How many octets it appended. */
function appendVector(appender: DuckDBAppender, kinds: readonly Kind[], rows: readonly (readonly LandedValue[])[]): number {
  const chunk = DuckDBDataChunk.create(
    kinds.map(({ type }) => type),
    rows.length,
  );
  let octets = 0;
  kinds.forEach(({ asValue }, index) => {
    const values = rows.map((row) => {
      const value = row[index] ?? null;
      if (value === null) return null;
      octets += octetsOf(value);
      return asValue(value);
    });
    chunk.setColumnValues(index, values);
  });
  appender.appendDataChunk(chunk);
  return octets;
}

/** Near enough: a text has an octet a character or a few more. */
const octetsOf = (value: Exclude<LandedValue, null>) => (typeof value === 'string' || value instanceof Uint8Array ? value.length : 8);

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
