import { readFileSync } from 'node:fs';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { LandedColumn } from '../../../functions/batch/batch-plan.ts';
import { addHashes, EMPTY_HASH, hashFromHalves } from '../../../functions/batch/layer-hash.ts';
import { LAYER_HASH_SQL, rowHashSql } from '../../../functions/landing/row-hash-sql.ts';
import { canonicalText, rowHash } from '../../row-hash.ts';

interface Vectors {
  rows: { name: string; columns: LandedColumn[]; values: (string | null)[]; canonicalText: string; rowHash: string }[];
  layers: { name: string; rowHashes: string[]; layerHash: string }[];
}
const vectors: Vectors = JSON.parse(readFileSync(`${import.meta.dirname}/../../vectors/row-hash.json`, 'utf8'));

let duckdb: DuckDBInstance;
let connection: DuckDBConnection;
beforeAll(async () => {
  duckdb = await DuckDBInstance.create(':memory:');
  connection = await duckdb.connect();
});
afterAll(() => {
  connection.closeSync();
  duckdb.closeSync();
});

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;
const typedValue = (type: string, value: string | null) =>
  value === null ? `NULL::${type}` : type === 'BLOB' ? `unhex(${literal(value)})` : `${literal(value)}::${type}`;

async function duckdbRowHash(columns: LandedColumn[], values: (string | null)[]): Promise<unknown> {
  const row = columns.map(({ name, type }, index) => `${typedValue(type, values[index] ?? null)} AS "${name}"`).join(', ');
  const reader = await connection.runAndReadAll(`SELECT ${rowHashSql(columns)} AS h FROM (SELECT ${row})`);
  return hexOf(reader.getRowObjects()[0]?.h as bigint);
}

/** A hash as digits, and as the number that DuckDB has for it: of its octets the last one counts most. */
const hexOf = (number: bigint) => octets(number.toString(16).padStart(32, '0')).reverse().join('');
const numberOf = (hash: string) => BigInt(`0x${octets(hash).reverse().join('')}`);
const octets = (hex: string) => hex.match(/../g) ?? [];

test.each(vectors.rows)('DuckDB hashes as the vectors say: $name', async ({ columns, values, rowHash }) => {
  expect(await duckdbRowHash(columns, values)).toBe(rowHash);
});

const texts = vectors.rows.filter(({ columns }) => columns.every(({ type }) => ['VARCHAR', 'BIGINT', 'BOOLEAN', 'DATE'].includes(type)));
test.each(texts)('the specification gives what the vectors say: $name', ({ values, canonicalText: expected, rowHash: hash }) => {
  expect(canonicalText(values).toString()).toBe(expected);
  expect(rowHash(values)).toBe(hash);
});

test.each(vectors.layers)('TypeScript and DuckDB add row hashes up as the vectors say: $name', async ({ rowHashes, layerHash }) => {
  expect(rowHashes.reduce(addHashes, EMPTY_HASH)).toBe(layerHash);
  const rows = rowHashes.map((hash) => `(${numberOf(hash)}::UHUGEINT)`).join(', ') || '(NULL)';
  const reader = await connection.runAndReadAll(
    `SELECT rows, high::VARCHAR AS high, low::VARCHAR AS low FROM (SELECT ${LAYER_HASH_SQL} FROM (VALUES ${rows}) AS t(h) WHERE h IS NOT NULL)`,
  );
  const [row] = reader.getRowObjects();
  expect(Number(row?.rows)).toBe(rowHashes.length);
  expect(hashFromHalves(BigInt(String(row?.high)), BigInt(String(row?.low)))).toBe(layerHash);
});

/** Text as databases hold it: whole characters of every plane, without the one that none of them stores. */
const text = fc.string({ unit: 'binary' }).map((drawn) => drawn.replaceAll('\0', ''));
const rowOfTexts = fc.array(fc.option(text), { minLength: 1, maxLength: 5 });

test('for any row of texts and nulls DuckDB and the specification agree', async () => {
  await fc.assert(
    fc.asyncProperty(rowOfTexts, async (values) => {
      const columns = values.map((_, index): LandedColumn => ({ name: `c${index}`, type: 'VARCHAR' }));
      expect(await duckdbRowHash(columns, values)).toBe(rowHash(values));
    }),
    { numRuns: 100 },
  );
});

/** Few letters, those that a netstring is made of, so that two rows are often nearly the same. */
const confusable = fc.array(fc.option(fc.string({ unit: fc.constantFrom('1', ':', ',', '-'), maxLength: 4 })), {
  minLength: 1,
  maxLength: 3,
});

test('two different rows never share a canonical text', () => {
  fc.assert(
    fc.property(confusable, confusable, (one, other) => {
      expect(canonicalText(one).equals(canonicalText(other))).toBe(JSON.stringify(one) === JSON.stringify(other));
    }),
    { numRuns: 2000 },
  );
});
