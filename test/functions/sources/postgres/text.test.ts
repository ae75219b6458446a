import { beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { contract } from '../../contracts.ts';
import { PostgresDatabase } from '../../postgres-database.ts';
import { planned } from '../planned.ts';
import { lines, read } from './batches.ts';

const database = new PostgresDatabase();
let db: pg.Client;
beforeAll(async () => {
  db = await database.connect();
});

/** Column by column: the type, the value in SQL, and the text of it that lands. */
const VALUES: [string, string, string | null][] = [
  ['smallint', '-32768', '-32768'],
  ['bigint', '9223372036854775807', '9223372036854775807'],
  ['boolean', 'true', 't'],
  ['numeric', "'NaN'", 'NaN'],
  ['numeric', "'-Infinity'", '-Infinity'],
  ['numeric', '12345678901234567890123456789012345678901234567890.00100', '12345678901234567890123456789012345678901234567890.00100'],
  ['numeric(12,2)', '10.5', '10.50'],
  ['double precision', '0.1::float8 + 0.2::float8', '0.30000000000000004'],
  ['double precision', "'-0'", '-0'],
  ['real', '16777217', '1.6777216e+07'],
  ['timestamptz', "'2024-01-15 12:00:00.123456+02'", '2024-01-15 10:00:00.123456+00'],
  ['timestamptz', "'infinity'", 'infinity'],
  ['timestamptz', "'0044-03-15 12:00:00+00 BC'", '0044-03-15 12:00:00+00 BC'],
  ['timestamp', "'2024-01-15 10:00:00.1'", '2024-01-15 10:00:00.1'],
  ['date', "'-infinity'", '-infinity'],
  ['date', "'2024-02-29'", '2024-02-29'],
  ['time', "'24:00:00'", '24:00:00'],
  ['interval', "'1 year -2 days 03:04:05.6'", '1 year -2 days +03:04:05.6'],
  ['bytea', "'\\x00ff10'", '\\x00ff10'],
  ['bytea', "''", '\\x'],
  ['text[]', `ARRAY['a,b', NULL, '', 'q"']`, '{"a,b",NULL,"","q\\""}'],
  ['int4range', "'[1,5)'", '[1,5)'],
  ['jsonb', `'{"b": [1, 2.50], "a": null}'`, '{"a": null, "b": [1, 2.50]}'],
  ['json', `'{"b":1,  "a":2}'`, '{"b":1,  "a":2}'],
  ['uuid', "'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
  ['inet', "'2001:db8::1/64'", '2001:db8::1/64'],
  ['char(4)', "'ab'", 'ab  '],
  ['text', "''", ''],
  ['text', 'NULL', null],
  ['text', "'Zürich 日本 🙂'", 'Zürich 日本 🙂'],
  ['text', `E'two\\nlines "q" \\\\N'`, 'two\nlines "q" \\N'],
  ['mood', "'it''s fine'", "it's fine"],
];

test('every value lands as PostgreSQL prints it, whatever time zone, date style or byte format the server prefers', async () => {
  for (const setting of [
    "timezone TO 'Asia/Tokyo'",
    "datestyle TO 'German'",
    "bytea_output TO 'escape'",
    'extra_float_digits TO -2',
    "intervalstyle TO 'iso_8601'",
  ]) {
    await db.query(`ALTER DATABASE ${database.name} SET ${setting}`);
  }
  await db.query("CREATE TYPE mood AS ENUM ('it''s fine')");
  await db.query(
    `CREATE TABLE printed (${VALUES.map(([type], index) => `c${index} ${type}`).join(', ')}, updated_at timestamptz DEFAULT now())`,
  );
  await db.query(`INSERT INTO printed VALUES (${VALUES.map(([, value]) => value).join(', ')})`);
  const columns = Object.fromEntries(VALUES.map(([type], index) => [`c${index}`, type.replace(/\(.*/, '')]));
  const printed = contract({ dataset: 'printed', columns, key: ['c0'], schemaPolicy: 'discard' });
  const found = await planned(printed);
  const [chunk] = found.chunks;
  expect(chunk && (await read(printed, found, chunk))).toEqual([VALUES.map(([, , text]) => text)]);
});

test('integers and booleans land as such, and all else as text; a column that the contract does not know lands after its own', async () => {
  await db.query(
    'CREATE TABLE typed (extra numeric, b boolean, i integer, s smallint, id bigint, t text, updated_at timestamptz DEFAULT now())',
  );
  const typed = contract({
    dataset: 'typed',
    columns: { id: 'bigint', i: 'int4', s: 'smallint', b: 'bool', t: 'text', updated_at: 'timestamptz' },
  });
  await db.query("INSERT INTO typed VALUES (1.5, true, 2, 3, 4, 'x', '2026-01-01')");
  const found = await planned(typed);
  expect(found.columns).toEqual([
    { name: 'id', type: 'BIGINT' },
    { name: 'i', type: 'BIGINT' },
    { name: 's', type: 'BIGINT' },
    { name: 'b', type: 'BOOLEAN' },
    { name: 't', type: 'VARCHAR' },
    { name: 'updated_at', type: 'VARCHAR' },
    { name: 'extra', type: 'VARCHAR' },
  ]);
  expect(await lines(typed, found)).toEqual(['4,2,3,t,x,2026-01-01 00:00:00+00,1.5']);
});
