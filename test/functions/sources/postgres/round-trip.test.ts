/**
 * Every type of PostgreSQL, with null, empty, extreme and awkward values, from the table to the landed Parquet and back. What is expected is
 * what the server prints of each value and the hash that the server works out.
 */
import { beforeAll, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import type { Contract } from '../../../../functions/contract/contract.ts';
import { createBucket } from '../../bucket.ts';
import { contract } from '../../contracts.ts';
import { PostgresDatabase } from '../../postgres-database.ts';
import { landed } from '../landed.ts';
import { planned } from '../planned.ts';

jest.setTimeout(120_000);
const database = new PostgresDatabase();
let db: pg.Client;
let bucket: string;
beforeAll(async () => {
  db = await database.connect();
  bucket = await createBucket();
  for (const type of [
    `CREATE TYPE mood AS ENUM ('', 'it''s fine', 'null', E'two\\nlines')`,
    "CREATE DOMAIN positive AS numeric CHECK (VALUE > 0 OR VALUE = 'NaN')",
    'CREATE TYPE place AS (street text, "No." int)',
    'CREATE TYPE floatrange AS RANGE (subtype = float8)',
    // What docs/reference/shapes.md promises of the text forms; the session of the test prints by them.
    'SET timezone TO UTC',
    'SET datestyle TO ISO',
    'SET extra_float_digits TO 1',
    'SET bytea_output TO hex',
  ]) {
    await db.query(type);
  }
});

const AWKWARD = [
  "''",
  "' '",
  String.raw`E'\\N'`,
  String.raw`E'\\.'`,
  "'NULL'",
  `'say "hi", it''s'`,
  String.raw`E'back\\slash\\'`,
  String.raw`E'line\nfeed'`,
  String.raw`E'carriage\rreturn\r\n'`,
  String.raw`E'\n'`,
  String.raw`E'tab\tbell\a\x01'`,
  "'👩‍👩‍👧 🇨🇭 日本'",
  String.raw`U&'e\0301 and \00e9 are two'`,
  String.raw`U&'\FEFFbyte order mark'`,
  String.raw`U&'\200Fright to left\200E, \2028 a separator'`,
  `repeat(E'x"\\n🙂,', 130000)`,
];

/** A type, and values of it in SQL. */
const TYPES: [string, string[]][] = [
  ['smallint', ['-32768', '32767', '0']],
  ['integer', ['-2147483648', '2147483647']],
  ['bigint', ['-9223372036854775808', '9223372036854775807', '9007199254740993']],
  ['numeric', ["'NaN'", "'Infinity'", "'-Infinity'", `${'9'.repeat(60)}.${'1'.repeat(60)}`, '1e-500', '1e500', '0.000', "'-0'"]],
  ['numeric(38,10)', [`${'9'.repeat(28)}.9999999999`, `-${'9'.repeat(28)}.9999999999`, '0', '1.5']],
  ['numeric(3,-5)', ['1234567', '99900000']],
  ['numeric(2,5)', ['0.00099']],
  ['real', ["'NaN'", "'Infinity'", '3.4028235e38', '1e-45', '16777217', "'-0'"]],
  ['double precision', ["'NaN'", "'-Infinity'", '1.7976931348623157e308', '5e-324', '0.1::float8 + 0.2::float8', "'-0'", '1e23']],
  ['money', ["'-92233720368547758.08'", "'$1,000.50'"]],
  ['boolean', ['true', 'false']],
  ['text', AWKWARD],
  ['varchar(20)', ["''", "'ends with blanks   '", "'日本語'"]],
  ['char(5)', ["''", "'ab'", `'"'`]],
  ['"char"', ["'x'", "''", String.raw`E'\\'`]],
  ['name', ['\'Mixed "Case"\'', "''"]],
  ['bytea', [String.raw`'\x'`, String.raw`'\x00ff0a0d22'`, "decode(repeat('00ff', 500000), 'hex')"]],
  ['date', ["'infinity'", "'-infinity'", "'0044-03-15 BC'", "'4713-01-01 BC'", "'5874897-12-31'", "'0001-01-01'", "'1582-10-10'"]],
  ['time', ["'00:00:00'", "'24:00:00'", "'23:59:59.999999'"]],
  ['timetz', ["'00:00:00+15:59:59'", "'12:00:00.000001-15:59'", "'24:00:00+00'"]],
  [
    'timestamp',
    ["'infinity'", "'0044-03-15 12:00:00.5 BC'", "'294276-12-31 23:59:59.999999'", "'2024-03-31 02:30:00'", "'2024-01-15 10:00:00.1'"],
  ],
  [
    'timestamptz',
    [
      "'infinity'",
      "'-infinity'",
      "'4714-11-24 00:00:00+00 BC'",
      "'294276-12-31 23:59:59.999999+00'",
      "'1970-01-01 00:00:00.000001+00'",
      // Either side of the hour that Zürich has not, and of the one that it has twice.
      "'2024-03-31 01:59:59.999999 Europe/Zurich'",
      "'2024-03-31 02:30:00 Europe/Zurich'",
      "'2024-10-27 02:30:00 CEST'",
      "'2024-10-27 02:30:00 CET'",
      // Local mean time, with seconds in the offset.
      "'1850-01-01 00:00:00 Europe/Zurich'",
    ],
  ],
  ['interval', ["'0'", "'1 year -2 days 03:04:05.678901'", "'-178000000 years'", "'-00:00:00.000001'", "'infinity'"]],
  ['json', [`'{"b":1,  "a":2, "a":3, "n":12345678901234567890.12345678901234567890}'`, `'"\\u0001 \\ud83d\\ude42"'`, "'null'", "'[]'"]],
  ['jsonb', [`'{"b": [1, 2.50], "a": null, "n": 1e400}'`, `'"say \\"hi\\"\\n"'`, "'null'", "'{}'"]],
  ['jsonpath', [`'$."a b"[*] ? (@ > 1)'`]],
  ['xml', [`'<a b="c">&lt;,\n"</a>'`, "''"]],
  ['uuid', ["'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", "'00000000-0000-0000-0000-000000000000'"]],
  ['mood', ["''", "'it''s fine'", "'null'", String.raw`E'two\nlines'`]],
  ['positive', ["'NaN'", '1e40']],
  ['place', [`ROW('a "b", c', 1)`, 'ROW(NULL, NULL)', "ROW('', NULL)", String.raw`ROW(E'back\\slash\n', -1)`]],
  ['text[]', [`ARRAY['a,b', NULL, '', 'NULL', 'q"', E'\\\\N', E'\\n']`, "'{}'", `'{{a,b},{"c d",NULL}}'`, `'[0:1]={a,b}'`]],
  ['int[]', ["'{1,NULL,-3}'", "'{{{1},{2}},{{3},{4}}}'"]],
  ['timestamptz[]', [`ARRAY['infinity'::timestamptz, '2024-01-15 10:00:00.000001+02', NULL]`]],
  ['numeric[]', ["'{NaN,1.10,1e50}'"]],
  ['bytea[]', [String.raw`ARRAY['\x00ff'::bytea, '\x']`]],
  ['place[]', [`ARRAY[ROW('a "b"', 1)::place, NULL]`]],
  ['int4range', ["'[1,5)'", "'empty'", "'(,)'"]],
  ['int8range', ["'[-9223372036854775808,1)'"]],
  ['numrange', ["'(1.10,]'", "'[-Infinity,NaN)'"]],
  ['tsrange', ["'[2024-01-15 10:00,infinity]'"]],
  ['tstzrange', ["'[2024-01-15 10:00:00.5+02,2024-01-16 00:00+00)'"]],
  ['daterange', ["'[2024-02-29,infinity)'"]],
  ['floatrange', ["'[0.1,1e300)'"]],
  ['int4multirange', ["'{}'", "'{[1,3),[5,9)}'"]],
  ['tstzmultirange', ["'{[2024-01-15 10:00+02,2024-01-16 00:00+00)}'"]],
  ['bit(5)', ["B'10101'"]],
  ['bit varying', ["B''", "B'101'"]],
  ['inet', ["'2001:db8::1/64'", "'192.168.0.1'", "'0.0.0.0/0'"]],
  ['cidr', ["'10.0.0.0/8'", "'::/0'"]],
  ['macaddr', ["'08:00:2B:01:02:03'"]],
  ['macaddr8', ["'08:00:2b:01:02:03:04:05'"]],
  ['point', ["'(0.1,-0)'", "'(NaN,Infinity)'"]],
  ['line', ["'{1,-1,0}'"]],
  ['lseg', ["'[(0,0),(1,1)]'"]],
  ['box', ["'((1,1),(0,0))'"]],
  ['path', ["'[(0,0),(1,1)]'", "'((0,0),(1,1))'"]],
  ['polygon', ["'((0,0),(1,1),(1,0))'"]],
  ['circle', ["'<(0,0),1e-300>'"]],
  ['tsvector', [`'''a b'':1A,3 c'`, "''"]],
  ['tsquery', ["'fat & (rat | cat) & !dog'"]],
  ['oid', ['4294967295']],
  ['regclass', ["'pg_class'"]],
  ['pg_lsn', ["'FFFFFFFF/FFFFFFFF'"]],
  ['xid8', ["'18446744073709551615'"]],
  ['txid_snapshot', ["'10:20:10,14,15'"]],
  ['tid', ["'(4294967295,65535)'"]],
];

const VALUES = ["'x'", '7', '7.50', "'2024-01-15 10:00:00.000001+00'"];

/** The server's text of every value, in the order of the key, and its layer hash of the rows. */
async function printed(table: string, columns: string[]): Promise<{ rows: (string | null)[][]; hash: string }> {
  const text = (name: string, type: string) => (type === 'boolean' ? `${name}::text` : `format('%s', ${name})`);
  const types = { getTypeParser: () => (value: string | Buffer) => String(value) } as unknown as pg.CustomTypesConfig;
  const { rows: described } = await db.query<{ name: string; type: string }>(
    'SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0',
    [table],
  );
  const typeOf = new Map(described.map(({ name, type }) => [name, type]));
  const texts = columns.map((column) => {
    const name = pg.escapeIdentifier(column);
    return `CASE WHEN num_nulls(${name}) = 0 THEN ${text(name, typeOf.get(column) ?? '')} END`;
  });
  const { rows } = await db.query({ text: `SELECT ${texts.join(', ')} FROM ${table}`, rowMode: 'array', types });
  const netstrings = texts.map((each) => `coalesce(octet_length(${each}) || ':' || ${each}, '-') || ','`);
  const sum = (from: number) => `coalesce(sum(('x' || substr(h, ${from}, 16))::bit(64)::bigint), 0)::text`;
  const { rows: summed } = await db.query<{ high: string; low: string }>(
    `SELECT ${sum(1)} AS high, ${sum(17)} AS low FROM (SELECT md5(${netstrings.join(' || ')}) AS h FROM ${table})`,
  );
  const hex = (half: string | undefined) =>
    BigInt.asUintN(64, BigInt(half ?? ''))
      .toString(16)
      .padStart(16, '0');
  return { rows: rows as (string | null)[][], hash: hex(summed[0]?.high) + hex(summed[0]?.low) };
}

const sorted = (rows: unknown[]) => rows.map((row) => JSON.stringify(row)).sort();

/** A snapshot needs no sequence, so that a table is what the test makes of it. */
const wholeTable = (dataset: string, object: string, columns: Record<string, string> = { id: 'bigint' }): Contract =>
  contract({ dataset, object, columns, load: { mode: 'snapshot' } });

async function expectAsPrinted(of: Contract): Promise<void> {
  const found = await landed(bucket, of, await planned(of));
  const server = await printed(of.object.split('.').map(pg.escapeIdentifier).join('.'), found.names);
  expect(sorted(found.rows)).toEqual(sorted(server.rows));
  expect(found.hashes).toEqual([server.hash]);
}

test('every value of every type lands as the server prints it, null apart from empty, and with the hash that the server has of it', async () => {
  const columns = TYPES.map(([type], index) => `c${index} ${type}`);
  await db.query(
    `CREATE TABLE every_type (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ${columns.join(', ')},
       doubled numeric GENERATED ALWAYS AS (c2::numeric * 2) STORED)`,
  );
  const longest = Math.max(...TYPES.map(([, values]) => values.length));
  for (let row = 0; row <= longest; row += 1) {
    const values = TYPES.map(([type, given]) => (given[row] === undefined ? 'NULL' : `CAST(${given[row]} AS ${type})`));
    await db.query(`INSERT INTO every_type (${TYPES.map((_, index) => `c${index}`).join(', ')}) VALUES (${values.join(', ')})`);
  }
  await expectAsPrinted(wholeTable('every_type', 'public.every_type'));
});

test('a table of 500 columns lands whole, whatever they are called, under the names of the contract', async () => {
  const odd = [
    'select',
    'Order',
    'order',
    'ORDER',
    'two words',
    'say "hi"',
    "it's",
    'a.b',
    'Straße',
    '日本',
    '🙂',
    '\\',
    '$1',
    '%s',
    '`tick`',
    '_batch',
  ];
  const names = [...odd, ...Array.from({ length: 483 }, (_, index) => `n${index}`)];
  const types = ['text', 'integer', 'numeric', 'timestamptz'];
  const declared = names.map((name, index) => `${pg.escapeIdentifier(name)} ${types[index % 4]} DEFAULT ${VALUES[index % 4]}`);
  await db.query(`CREATE TABLE "Wide Table" (id bigint PRIMARY KEY, ${declared.join(', ')})`);
  await db.query(`INSERT INTO "Wide Table" (id) SELECT generate_series(1, 3)`);
  await db.query(`INSERT INTO "Wide Table" VALUES (4, ${names.map(() => 'NULL').join(', ')})`);
  const of = wholeTable('wide_table', 'public.Wide Table', {
    id: 'bigint',
    ...Object.fromEntries(names.map((_, index) => [`c${index}`, types[index % 4]])),
  });
  const columns = of.columns.map((column, index) => (index === 0 ? column : { ...column, physicalName: names[index - 1] }));
  const found = await landed(bucket, { ...of, columns }, await planned({ ...of, columns }));
  expect(found.names).toEqual(columns.map(({ name }) => name));
  const server = await printed('"Wide Table"', ['id', ...names]);
  expect(sorted(found.rows)).toEqual(sorted(server.rows));
  expect(found.hashes).toEqual([server.hash]);
});

test.each([
  ['that differs from another in case alone', 'ID', /ID: id is the same/],
  ['with a blank', 'two words', /two words: it has a character/],
  ['that is one of the lake', '_Row_Hash', /_Row_Hash: the lake has one/],
])('a new column under a name %s is ColumnNameUnusable until the contract names it', async (_what, name, found) => {
  const table = `named_${name.length}_${name.charCodeAt(0)}`;
  await db.query(`CREATE TABLE ${table} (id bigint PRIMARY KEY, ${pg.escapeIdentifier(name)} text)`);
  await db.query(`INSERT INTO ${table} VALUES (1, 'x')`);
  const of = wholeTable(table, `public.${table}`);
  const refused = { code: 'ColumnNameUnusable', retry: 'never', dataset: table, found: expect.stringMatching(found) };
  await expect(planned(of)).rejects.toMatchObject(refused);
  const [id] = of.columns;
  const columns = [...of.columns, { ...id, name: 'other', physicalName: name, physicalType: 'text' } as Contract['columns'][number]];
  expect((await planned({ ...of, columns })).columns.map((each) => each.name)).toEqual(['id', 'other']);
});

test('a key and a sequence of other names at the source are read in pieces, found unchanged, and compared for deletions', async () => {
  await db.query(
    `CREATE TABLE "Renamed" ("Key" text, "No." bigint, "Changed At" timestamptz NOT NULL DEFAULT now(), PRIMARY KEY ("Key", "No."))`,
  );
  await db.query(`INSERT INTO "Renamed" SELECT 'k', generate_series(1, 7)`);
  await db.query('ANALYZE "Renamed"');
  const of = contract({
    dataset: 'renamed',
    object: 'public.Renamed',
    columns: { name: 'text', number: 'bigint', updated_at: 'timestamptz' },
    key: ['name', 'number'],
    load: { deletions: true, chunkRows: 2 },
  });
  const columns = of.columns.map((column, index) => ({ ...column, physicalName: ['Key', 'No.', 'Changed At'][index] }));
  const plan = await planned({ ...of, columns });
  const found = await landed(bucket, { ...of, columns }, plan);
  expect(found.names).toEqual(['name', 'number', 'updated_at']);
  expect(found.rows.map(([name, number]) => `${name}${number}`).sort()).toEqual(['k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7']);
  expect(plan.chunks.filter(({ role }) => role === 'rows').length).toBeGreaterThan(2);
  expect(plan.chunks.find(({ role }) => role === 'keys')?.columns.map(({ name }) => name)).toEqual(['name', 'number']);
  const bound = plan.watermark as { cursor: string };
  await db.query('UPDATE "Renamed" SET "Changed At" = $1 WHERE "No." = 3', [bound.cursor]);
  const again = await landed(bucket, { ...of, columns }, await planned({ ...of, columns }, plan.watermark));
  expect(again.rows.map(([, number]) => number)).toEqual(['3']);
});

test('any values in columns of any types land as the server prints them', async () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', '\\', ' ', 'N', '.', '{', '}', '\ufeff'), maxLength: 6 }),
  );
  // No text of PostgreSQL may hold a NUL or half of a surrogate pair.
  const clean = text.map((drawn) => drawn.replaceAll('\0', '').toWellFormed());
  const micros = fc.bigInt({ min: -210_866_803_200_000_000n, max: 9_200_000_000_000_000_000n });
  const of: Record<string, fc.Arbitrary<unknown>> = {
    text: clean,
    'text[]': fc.array(fc.option(clean), { maxLength: 4 }),
    jsonb: fc.json({ stringUnit: fc.constantFrom('a', '"', '\\', 'é', '\n') }),
    bigint: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String),
    numeric: fc.tuple(fc.bigInt(), fc.nat(60)).map(([digits, scale]) => `${digits}e-${scale}`),
    'double precision': fc.double().map(String),
    real: fc.float().map(String),
    boolean: fc.boolean(),
    bytea: fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
    timestamptz: micros.map(String),
    interval: fc.tuple(fc.integer(), fc.integer()).map(([days, seconds]) => `${days} days ${seconds} seconds`),
  };
  const types = Object.keys(of);
  let tables = 0;
  await fc.assert(
    fc.asyncProperty(
      fc
        .uniqueArray(fc.constantFrom(...types), { minLength: 1, maxLength: 6 })
        .chain((drawn) =>
          fc.tuple(
            fc.constant(drawn),
            fc.array(fc.tuple(...drawn.map((type) => fc.option(of[type] as fc.Arbitrary<unknown>))), { maxLength: 12 }),
          ),
        ),
      async ([drawn, rows]) => {
        const table = `any_${++tables}`;
        await db.query(`CREATE TABLE ${table} (id bigint, ${drawn.map((type, index) => `c${index} ${type}`).join(', ')})`);
        for (const [index, row] of rows.entries()) {
          const places = row.map((_, at) =>
            drawn[at] === 'timestamptz'
              ? `'epoch'::timestamptz + $${at + 2}::bigint * '1 microsecond'::interval`
              : `$${at + 2}::${drawn[at]}`,
          );
          await db.query(`INSERT INTO ${table} VALUES ($1, ${places.join(', ')})`, [index, ...row]);
        }
        await expectAsPrinted(wholeTable(table, `public.${table}`));
      },
    ),
    { numRuns: 15 },
  );
});
