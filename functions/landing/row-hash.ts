/** The row hash and the layer hash, as docs/reference/shapes.md specifies them: in TypeScript, and as SQL for DuckDB. */
import { createHash } from 'node:crypto';
import type { LandedColumn } from './batch-plan.ts';

export const EMPTY_HASH = '0'.repeat(32);
const HALF = 1n << 64n;

/** A netstring for each text, `-,` for each null: no two different rows share a canonical text. */
export function canonicalText(texts: readonly (string | null)[]): string {
  return texts.map((text) => (text === null ? '-,' : `${Buffer.byteLength(text)}:${text},`)).join('');
}

export function rowHash(texts: readonly (string | null)[]): string {
  return createHash('md5').update(canonicalText(texts)).digest('hex');
}

/** Sum of two layer hashes: each half modulo 2^64. A sum and never an XOR, so that a row twice counts twice. */
export function addHashes(a: string, b: string): string {
  const half = (text: string, at: number) => BigInt(`0x${text.slice(at, at + 16)}`);
  return hashFromHalves(half(a, 0) + half(b, 0), half(a, 16) + half(b, 16));
}

export function hashFromHalves(high: bigint, low: bigint): string {
  return [high, low].map((value) => (value % HALF).toString(16).padStart(16, '0')).join('');
}

/** SQL for the row hash over `columns` of a relation in DuckDB. */
export function rowHashSql(columns: readonly LandedColumn[]): string {
  const texts = columns.map(({ name, type }) => {
    const text = textSql(`"${name.replaceAll('"', '""')}"`, type);
    return `coalesce(strlen(${text})::VARCHAR || ':' || ${text} || ',', '-,')`;
  });
  return `md5(${texts.join(' || ')})`;
}

/** SQL for row count and the two sums of a layer hash, given the row hash as `h`. */
export const LAYER_HASH_SQL = [
  'count(*) AS rows',
  "coalesce(sum(('0x' || substr(h, 1, 16))::UBIGINT), 0) AS high",
  "coalesce(sum(('0x' || substr(h, 17, 16))::UBIGINT), 0) AS low",
].join(', ');

function textSql(column: string, type: string): string {
  switch (type) {
    case 'VARCHAR':
      return column;
    case 'BLOB':
      return `lower(hex(${column}))`;
    case 'TIMESTAMP':
      return `epoch_us(${column})::VARCHAR`;
    default:
      return `${column}::VARCHAR`;
  }
}
