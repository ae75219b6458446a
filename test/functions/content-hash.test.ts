import { readFileSync } from 'node:fs';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { contentHash, contentText } from '../content-hash.ts';

interface Vector {
  name: string;
  columns: { name: string; duckdb: string }[];
  values: Record<string, unknown>;
  canonicalText: string;
  contentHash: string;
}
const { rows }: { rows: Vector[] } = JSON.parse(readFileSync(`${import.meta.dirname}/../vectors/content-hash.json`, 'utf8'));

let duckdb: DuckDBInstance;
let connection: DuckDBConnection;
beforeAll(async () => {
  duckdb = await DuckDBInstance.create(':memory:');
  connection = await duckdb.connect();
  await connection.run("SET TimeZone = 'UTC'");
});
afterAll(() => {
  connection.closeSync();
  duckdb.closeSync();
});

test.each(rows)('TypeScript, over values as DuckDB has them, hashes as the vectors say: $name', async (vector) => {
  const columns = vector.columns.map(
    ({ name, duckdb: type }) => `CAST(row ${type === 'VARCHAR' ? '->>' : '->'} '$."${name}"' AS ${type}) AS "${name}"`,
  );
  const read = await connection.runAndReadAll(`SELECT ${columns.join(', ')} FROM (SELECT $1::JSON AS row)`, [
    JSON.stringify(vector.values),
  ]);
  const doubles = vector.columns.flatMap(({ name, duckdb: type }) => (type === 'DOUBLE' ? [name] : []));
  const [row = {}] = read.getRowObjects();
  expect(contentText(row, doubles)).toBe(vector.canonicalText);
  expect(contentHash(row, doubles)).toBe(vector.contentHash);
});
