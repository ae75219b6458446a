/** The content hash of a row, worked out from docs/reference/shapes.md for the tests alone, from values as DuckDB's client reads them. */
import { createHash } from 'node:crypto';
import {
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  type DuckDBValue,
} from '@duckdb/node-api';

const APART = ['_run', '_object', '_ingested_at', '_content_hash'];

/** `doubles`: columns whose numbers are no integers, whatever their value; the client gives both alike. */
export function contentHash(row: Readonly<Record<string, DuckDBValue>>, doubles: readonly string[]): string {
  return createHash('md5').update(contentText(row, doubles), 'utf8').digest('hex');
}

export function contentText(row: Readonly<Record<string, DuckDBValue>>, doubles: readonly string[]): string {
  const values = Object.entries(row).filter(([name]) => !APART.includes(name));
  return namedValues(
    values.map(([name, value]) => [name, typeof value === 'number' && doubles.includes(name) ? bitsOf(value) : value] as const),
  );
}

/** By name, nulls left out. */
function namedValues(values: (readonly [string, DuckDBValue])[]): string {
  const present = values.filter(([, value]) => value !== null).sort(byName);
  return present.map(([name, value]) => netstring(name) + netstring(textOf(value))).join('');
}

const byName = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]) =>
  Buffer.compare(Buffer.from(one), Buffer.from(other));
const netstring = (text: string) => `${Buffer.byteLength(text)}:${text},`;
const orNull = (value: DuckDBValue) => (value === null ? '-,' : netstring(textOf(value)));

function bitsOf(value: number): string {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString('hex');
}

function textOf(value: DuckDBValue): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean')
    return String(value);
  if (value instanceof DuckDBTimestampTZValue) return String(value.micros);
  if (value instanceof DuckDBDateValue || value instanceof DuckDBDecimalValue) return value.toString();
  if (value instanceof DuckDBListValue) return value.items.map(orNull).join('');
  if (value instanceof DuckDBStructValue) return namedValues(Object.entries(value.entries));
  if (value instanceof DuckDBMapValue) {
    const entries = value.entries.map(({ key, value: held }) => [textOf(key), orNull(held)] as const).sort(byName);
    return entries.map(([key, held]) => netstring(key) + held).join('');
  }
  throw new TypeError(`expected a value of a type that Silver has; found ${typeof value}`);
}
