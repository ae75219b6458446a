/**
 * Every type of Snowflake's with null, empty, extreme and awkward values (test/vectors/snowflake-values.json, which Silver types in
 * test/spark-jobs/test_snowflake_values.py): through the driver and unloaded they land as the same texts, with the hash of those texts.
 */
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, jest, test } from '@jest/globals';
import type { Contract } from '../../../../functions/contract/contract.ts';
import { layerHash } from '../../../layer-hash.ts';
import { servers } from '../../../servers/servers.ts';
import { createBucket } from '../../bucket.ts';
import { contract } from '../../contracts.ts';
import { createRole } from '../../role.ts';
import { setSecret } from '../../secret.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { landed } from '../landed.ts';
import { planned } from '../planned.ts';
import { change, secret } from './snowflake-account.ts';
import { useStandInBeside } from './stand-in-beside.ts';

jest.setTimeout(120_000);

interface Value {
  written: string;
  /** Where it is another text. */
  landed?: string;
}
const types: { type: string; values: Value[] }[] = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../../vectors/snowflake-values.json'), 'utf8'),
);
const MEGABYTE = 'x"\\\n🙂,'.repeat(130_000);
const wide = Array.from({ length: 500 }, (_, index) => `c${index}`);
/** What they are called in Snowflake, by the name in the lake. */
const awkward = { id: 'Id', choice: 'select', from_where: 'FROM', two_words: 'Two Words', lower: 'lower', ähnlich: 'ÄHNLICH' };

const tables = `
  CREATE TABLE every_type (id NUMBER(38, 0) NOT NULL, ${types.map(({ type }, index) => `t${index} ${type}`).join(', ')}, large VARCHAR);
  CREATE TABLE wide (id VARCHAR NOT NULL, ${wide.map((name) => `${name} VARCHAR`).join(', ')});
  CREATE TABLE "Order" (${[...Object.values(awkward), 'NotInTheContract'].map((name) => `"${name}" VARCHAR`).join(', ')});`;

let bucket: string;
let role: string;
const folder = temporaryFolder();
beforeAll(async () => {
  bucket = await createBucket();
  const account = { endpoint: servers.aws.endpoint, id: String(process.env.AWS_ACCESS_KEY_ID) };
  const trust = { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'sts:AssumeRole' };
  const resources = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`];
  role = await createRole(account, `unload-${randomUUID()}`, trust, [
    { Effect: 'Allow', Action: ['s3:PutObject', 's3:ListBucket'], Resource: resources },
  ]);
  writeFileSync(join(folder, 'tables.sql'), tables);
});
useStandInBeside(() => ({ tables: join(folder, 'tables.sql'), integration: { name: 'ETL_LANDING', role, external_id: 'of-the-test' } }));

type Row = (string | null)[];

/** What has landed, whichever way. */
async function expectBothWays(of: Contract, names: string[], rows: Row[]): Promise<void> {
  const inOrder = (all: Row[]) => all.toSorted(([one], [other]) => String(one).localeCompare(String(other)));
  for (const unloadRows of [1_000, 0]) {
    await setSecret('etl/snowflake', { ...secret(), unloadRows });
    const plan = await planned(of);
    expect(plan.chunks.map(({ read }) => (read as { integration?: string }).integration)).toEqual([
      unloadRows === 0 ? 'ETL_LANDING' : undefined,
    ]);
    const found = await landed(bucket, of, plan);
    expect(found.names).toEqual(names);
    expect(inOrder(found.rows)).toEqual(inOrder(rows));
    expect(found.hashes).toEqual([layerHash(rows)]);
  }
}

test('every type, its values and null, a megabyte of text among them', async () => {
  const count = Math.max(...types.map(({ values }) => values.length));
  const written = Array.from({ length: count + 1 }, (_, row) => types.map(({ values }) => values[row]));
  await change(
    'every_type',
    'id',
    ...written.map((values, row) => ({
      op: 'insert' as const,
      row: {
        id: String(row),
        ...Object.fromEntries(values.map((value, index) => [`t${index}`, value?.written ?? null])),
        large: row === 0 ? MEGABYTE : null,
      },
    })),
  );
  const rows = written.map((values, row) => [
    String(row),
    ...values.map((value) => value?.landed ?? value?.written ?? null),
    row === 0 ? MEGABYTE : null,
  ]);
  const columns = { id: 'number', ...Object.fromEntries(types.map(({ type }, index) => [`t${index}`, type])), large: 'varchar' };
  const of = contract({ dataset: 'every_type', source: 'snowflake', object: 'every_type', columns, load: { mode: 'snapshot' } });
  await expectBothWays(of, Object.keys(columns), rows);
});

test('a table of 500 columns', async () => {
  const cells = (row: number) => wide.map((name, index) => (index % 7 === row ? null : `${name} of ${row}`));
  const rows = [0, 1, 2].map((row) => [String(row), ...cells(row)]);
  await change(
    'wide',
    'id',
    ...[0, 1, 2].map((row) => ({
      op: 'insert' as const,
      row: { id: String(row), ...Object.fromEntries(cells(row).map((cell, index) => [`c${index}`, cell])) },
    })),
  );
  const of = contract({ dataset: 'wide', source: 'snowflake', object: 'wide', columns: { id: 'varchar' }, load: { mode: 'snapshot' } });
  await expectBothWays(of, ['id', ...wide], rows);
});

test('reserved words, mixed case, blanks and letters of any kind in the names of a table and its columns, each of which lands once', async () => {
  const names = Object.keys(awkward);
  const spelled = [...Object.values(awkward), 'NotInTheContract'];
  await change('Order', '', { op: 'insert', row: Object.fromEntries(spelled.map((name) => [name.toLowerCase(), `in ${name}`])) });
  const of = contract({
    dataset: 'orders',
    source: 'snowflake',
    object: 'public."Order"',
    columns: Object.fromEntries(names.map((name) => [name, 'varchar'])),
    load: { mode: 'snapshot' },
  });
  const columns = of.columns.map((column, index) => ({ ...column, physicalName: Object.values(awkward)[index] }));
  await expectBothWays({ ...of, columns }, [...names, 'notinthecontract'], [spelled.map((name) => `in ${name}`)]);
  const misspelt = { ...of, columns: columns.map((column) => ({ ...column, physicalName: column.physicalName?.toUpperCase() })) };
  await expect(planned(misspelt)).rejects.toMatchObject({ code: 'ColumnMissing', expected: expect.stringContaining('ID') });
});
