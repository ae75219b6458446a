/** A database that was not made for the pipeline, loaded by nothing but contracts, and each table compared with what PostgreSQL says of it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { stringify } from 'yaml';
import type { BatchPlan, Chunk } from '../../../../functions/batch/batch-plan.ts';
import type { Contract } from '../../../../functions/contract/contract.ts';
import { landChunk } from '../../../../functions/landing/land-chunk.ts';
import type { SourcePlan } from '../../../../functions/sources/source.ts';
import { compileContracts } from '../../../../infra/contracts/compile.ts';
import { createBucket } from '../../bucket.ts';
import { PostgresDatabase } from '../../postgres-database.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { plan, planned } from '../planned.ts';
import { source } from './batches.ts';
import { hashBySql } from './hash-by-sql.ts';

const folder = join(temporaryFolder(), 'contracts');
const database = new PostgresDatabase();
let db: pg.Client;
let bucket: string;
let batches = 0;

/** Column by column: name, logicalType, physicalType as a person reads it in the schema, and the name there where it is none for the lake; those of the key first, `key` of them. */
interface Table {
  name: string;
  object: string;
  key: number;
  columns: [string, string, string, string?][];
  /** Of what is not the default. */
  load: Record<string, string | number | boolean>;
  change: string;
  /** The rows that the batch after the change brings. */
  brings: string;
}

const TABLES: Table[] = [
  {
    name: 'film',
    object: 'Rental Shop.Film',
    key: 1,
    columns: [
      ['FilmId', 'integer', 'integer'],
      ['Title', 'string', 'text'],
      ['released', 'integer', 'year'],
      ['rate', 'number', 'numeric(4,2)'],
      ['special_features', 'string', 'text[]', 'Special Features'],
      ['order', 'integer', 'smallint'],
      ['Select', 'boolean', 'boolean'],
      ['last_update', 'timestamp', 'timestamptz'],
    ],
    load: { loadMode: 'cursor', sequence: 'last_update', deletions: true, chunkRows: 300 },
    change: `UPDATE "Rental Shop"."Film" SET "order" = -1 WHERE "FilmId" % 100 = 0`,
    brings: '"order" = -1',
  },
  {
    name: 'film_actor',
    object: 'Rental Shop.Film Actor',
    key: 2,
    columns: [
      ['film_id', 'integer', 'integer'],
      ['actor_id', 'integer', 'integer'],
    ],
    load: { loadMode: 'snapshot' },
    change: 'DELETE FROM "Rental Shop"."Film Actor" WHERE actor_id = 7',
    brings: 'true',
  },
  {
    name: 'customer',
    object: 'Rental Shop.customer',
    key: 1,
    columns: [
      ['user', 'integer', 'integer'],
      ['contact', 'string', 'email'],
      ['changed_at', 'timestamp', 'timestamptz', 'Changed At'],
    ],
    load: { loadMode: 'cursor', sequence: 'changed_at', chunkRows: 100 },
    change: `INSERT INTO "Rental Shop".customer (contact) VALUES ('late@example.com')`,
    brings: "contact = 'late@example.com'",
  },
  {
    name: 'payment',
    object: 'Rental Shop.payment',
    key: 2,
    columns: [
      ['payment_date', 'timestamp', 'timestamp'],
      ['payment_id', 'integer', 'bigint'],
      ['amount', 'number', 'numeric(5,2)'],
    ],
    load: { loadMode: 'append', sequence: 'payment_id', chunkRows: 1_000 },
    change: `INSERT INTO "Rental Shop".payment ("user", amount, payment_date) VALUES (1, 5, '2025-01-01'), (1, 6, '2030-01-01')`,
    // The bound itself once more.
    brings: 'payment_id >= 4000',
  },
  {
    name: 'audit',
    object: 'Rental Shop.audit',
    key: 1,
    columns: [
      ['id', 'integer', 'bigint'],
      ['at', 'timestamp', 'timestamp'],
      ['entry', 'object', 'json'],
    ],
    load: { loadMode: 'append', sequence: 'id' },
    change: `INSERT INTO "Rental Shop".audit (entry) VALUES ('{"b":  1, "a": 2}')`,
    brings: 'id >= 300',
  },
  {
    name: 'customer_list',
    object: 'Rental Shop.Customer List',
    key: 1,
    columns: [
      ['id', 'integer', 'integer'],
      ['E-Mail', 'string', 'text'],
    ],
    load: { loadMode: 'snapshot' },
    change: 'UPDATE "Rental Shop".customer SET active = false WHERE "user" = 3',
    brings: 'true',
  },
  {
    name: 'takings',
    object: 'Rental Shop.takings',
    key: 1,
    columns: [
      ['user', 'integer', 'integer'],
      ['total', 'number', 'numeric(18,2)'],
    ],
    load: { loadMode: 'snapshot' },
    change: 'REFRESH MATERIALIZED VIEW "Rental Shop".takings',
    brings: 'true',
  },
];

function odcs({ name, object, key, columns, load }: Table): string {
  const properties = columns.map(([column, logicalType, physicalType, physicalName], index) => ({
    ...(physicalName === undefined ? {} : { physicalName }),
    ...{ name: column, logicalType, physicalType, classification: 'internal' },
    required: index < key || column === load.sequence,
    ...(index < key ? { primaryKey: true, primaryKeyPosition: index + 1 } : {}),
  }));
  return stringify({
    ...{ apiVersion: 'v3.2.0', kind: 'DataContract', id: `postgres.${name}`, name, version: '1.0.0' },
    description: { purpose: 'of the test' },
    schema: [{ name, physicalName: object, properties }],
    support: [{ channel: 'support' }],
    customProperties: Object.entries({ origin: 'a rental shop', ...load }).map(([property, value]) => ({ property, value })),
  });
}

let contracts: Record<string, Contract>;
beforeAll(async () => {
  db = await database.connect();
  await database.change(readFileSync(join(import.meta.dirname, 'rental-shop.sql'), 'utf8'));
  await db.query('ANALYZE');
  bucket = await createBucket();
  mkdirSync(join(folder, 'postgres'), { recursive: true });
  for (const table of TABLES) writeFileSync(join(folder, 'postgres', `${table.name}.yaml`), odcs(table));
  contracts = compileContracts(folder).datasets;
});

/** What all chunks of a role land as: rows, and the sum of their layer hashes. */
async function land(of: Contract, found: SourcePlan, role: Chunk['role'] = 'rows') {
  const signal = new AbortController().signal;
  let [rows, high, low] = [0, 0n, 0n];
  batches += 1;
  for (const chunk of found.chunks.filter((each) => each.role === role)) {
    const stream = await source.read({ contract: of, plan: found as BatchPlan, chunk, landing: '', ticket: undefined, signal });
    if (stream.kind !== 'copy') throw new Error(`expected a stream as of COPY; found ${stream.kind}`);
    const url = `s3://${bucket}/${of.dataset}/${batches}/${chunk.id}.parquet`;
    const landed = await landChunk({ dataset: of.dataset, url, columns: chunk.columns, stream, signal });
    await stream.close();
    rows += landed.rows;
    high = (high + BigInt(`0x${landed.hash.slice(0, 16)}`)) % 2n ** 64n;
    low = (low + BigInt(`0x${landed.hash.slice(16)}`)) % 2n ** 64n;
  }
  const hex = (half: bigint) => half.toString(16).padStart(16, '0');
  return { rows, hash: hex(high) + hex(low) };
}

const quoted = (object: string) =>
  object
    .split('.')
    .map((part) => `"${part}"`)
    .join('.');
/** As the source calls them. */
const namesOf = (of: Contract, columns: { name: string }[]) =>
  columns.map(({ name }) => of.columns.find((column) => column.name === name)?.physicalName ?? name);

describe.each(TABLES)('$object', ({ name, object, change, brings, load }) => {
  test('lands whole, then what has changed, by content as PostgreSQL has it', async () => {
    const of = contracts[name] as Contract;
    const first = await planned(of);
    const all = await hashBySql(db, quoted(object), namesOf(of, first.columns));
    expect(all.rows).toBeGreaterThan(200);
    expect(await land(of, first)).toEqual(all);
    const chunks = first.chunks.filter(({ id }) => /^rows-\d/.test(id));
    expect(chunks.length > 1).toBe(typeof load.chunkRows === 'number');
    const keys = first.chunks.find(({ role }) => role === 'keys');
    if (keys) expect(await land(of, first, 'keys')).toEqual(await hashBySql(db, quoted(object), namesOf(of, keys.columns)));

    await database.change(change);
    const second = await planned(of, first.watermark);
    expect(await land(of, second)).toEqual(await hashBySql(db, quoted(object), namesOf(of, second.columns), brings));
  });
});

test('every column of a table comes, of whatever type, without the contract naming it', async () => {
  const film = contracts.film as Contract;
  const { rows } = await db.query<{ name: string }>(
    `SELECT attname AS name FROM pg_attribute WHERE attrelid = '"Rental Shop"."Film"'::regclass AND attnum > 0`,
  );
  expect(namesOf(film, (await planned(film)).columns).sort()).toEqual(rows.map(({ name }) => name).sort());
});

test('a table without rows is nothing new by a cursor, and an empty batch when it is read whole', async () => {
  const nothing = { ...(contracts.film_actor as Contract), dataset: 'nothing', object: 'Rental Shop.nothing', key: ['id'] };
  const empty = { ...nothing, columns: [{ ...nothing.columns[0], name: 'id' }] as Contract['columns'] };
  const found = await planned(empty);
  expect(await land(empty, found)).toEqual({ rows: 0, hash: '0'.repeat(32) });
  expect(await plan({ ...empty, load: { ...empty.load, mode: 'cursor', sequence: 'id' } })).toBeUndefined();
});
