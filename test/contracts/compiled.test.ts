import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { compileContracts } from '../../infra/contracts/compile.ts';

const root = join(import.meta.dirname, '../..');
const { datasets, gold } = compileContracts(join(root, 'contracts'));
const models = join(root, 'spark-jobs/medallion/gold');
/** The build itself writes data_as_of and run_log; every other table is made by its SQL. */
const made = Object.keys(gold).filter((model) => model !== 'data_as_of' && model !== 'run_log');
const sqlOf = (model: string) => readFileSync(join(models, `${model}.sql`), 'utf8').replace(/--.*/g, '');

test('every rule is of its dataset, has an id of its own and names a column that is there', () => {
  const ids = Object.values(datasets).flatMap(({ rules }) => rules.map(({ id }) => id));
  expect(new Set(ids).size).toBe(ids.length);
  for (const { dataset, columns, rules } of Object.values(datasets)) {
    const names = new Set(columns.map(({ name }) => name));
    const strangers = rules.filter((rule) => !rule.id.startsWith(`${dataset}.`) || ('column' in rule && !names.has(rule.column)));
    expect({ dataset, strangers }).toEqual({ dataset, strangers: [] });
  }
});

test('every dataset names who owns it and whom to ask', () => {
  const silent = Object.values(datasets).filter(({ owner, support, origin }) => !owner.includes('@') || !support || !origin);
  expect(silent.map(({ dataset }) => dataset)).toEqual([]);
});

test('names, addresses and what people can be found by are classed as personal', () => {
  const personal = /^(email|first_name|last_name|customer_name|phone|address|ip_address)$/;
  const tables = [
    ...Object.values(datasets).map(({ dataset, columns }) => ({ name: dataset, columns })),
    ...Object.values(gold).map(({ table, columns }) => ({ name: table, columns })),
  ];
  const open = tables.flatMap(({ name, columns }) =>
    columns.filter((column) => personal.test(column.name) && column.class !== 'PII').map((column) => `${name}.${column.name}`),
  );
  expect(open).toEqual([]);
});

test('each Gold contract has its SQL, and each SQL its contract', () => {
  const written = readdirSync(models).filter((name) => name.endsWith('.sql'));
  expect(written.sort()).toEqual(made.map((model) => `${model}.sql`).sort());
});

test("a Gold model's SQL reads only datasets and models that have contracts", () => {
  for (const model of made) {
    const read = [...sqlOf(model).matchAll(/\b(silver|gold)\.(\w+)/g)].map(([, layer, table]) => ({ layer, table: String(table) }));
    const unknown = read.filter(({ layer, table }) => !(table in (layer === 'silver' ? datasets : gold)));
    expect({ model, unknown }).toEqual({ model, unknown: [] });
  }
});

test('every Gold model has a grain, and every column of it is described', () => {
  const bare = Object.values(gold).flatMap(({ table, grain, columns }) => [
    ...(grain.length === 0 ? [table] : []),
    ...columns.filter(({ description }) => !description).map(({ name }) => `${table}.${name}`),
  ]);
  expect(bare).toEqual([]);
});

test('amounts are decimals, never floating point', () => {
  const money = /amount|price|cost|revenue|total/;
  const columns = [...Object.values(datasets), ...Object.values(gold)].flatMap(({ columns }) => columns);
  const floats = columns.filter(({ name, type }) => money.test(name) && !type.startsWith('decimal('));
  expect(floats.map(({ name, type }) => `${name} ${type}`)).toEqual([]);
});
