import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { lineageOf, originsOf, readersOf, sourcesOf } from '../../cli/lineage/lineage.ts';
import { compileContracts } from '../../infra/contracts/compile.ts';

const root = join(import.meta.dirname, '../..');
const { tables, models } = lineageOf(root);
const { datasets, gold } = compileContracts(join(root, 'contracts'));

test('a column comes from what its expression names, and its origins lie in Silver', () => {
  expect(sourcesOf(models, 'gold.daily_sales.revenue').every((source) => source.startsWith('gold.fact_sales.'))).toBe(true);
  expect(originsOf(models, 'gold.daily_sales.revenue')).toEqual(
    expect.arrayContaining(['silver.customer_orders.total_amount', 'silver.order_events.items']),
  );
  expect(readersOf(models, 'silver.users.email')).toContain('gold.dim_users.email');
  expect(sourcesOf(models, 'gold.dim_date.year')).toEqual([]);
});

test('every model is above all that it reads, and every origin is a column of a contract or of the pipeline', () => {
  for (const { level, inputs } of Object.values(models)) {
    const below = inputs.flatMap((table) => models[table.replace('gold.', '')]?.level ?? []);
    expect(Math.max(-1, ...below)).toBe(level - 1);
  }
  const origins = Object.keys(models).flatMap((model) =>
    tables[`gold.${model}`]?.flatMap((name) => originsOf(models, `gold.${model}.${name}`)),
  );
  const unknown = origins.filter((origin = '') => {
    const [layer, table, name = ''] = origin.split('.');
    return !tables[`${layer}.${table}`]?.includes(name);
  });
  expect(unknown).toEqual([]);
});

test("a contract's incremental names inputs that the model reads, and no others", () => {
  for (const [name, { incremental }] of Object.entries(gold)) {
    const strange = Object.keys(incremental?.inputs ?? {}).filter((input) => !models[name]?.inputs.includes(input));
    expect([name, strange]).toEqual([name, []]);
  }
});

test('what comes from personal data alone is personal data in Gold too', () => {
  const isPersonal = (origin: string) => {
    const [, dataset = '', name] = origin.split('.');
    const column = datasets[dataset]?.columns.find((each) => each.name === name);
    return column !== undefined && ['PII', 'sensitive', 'restricted'].includes(column.class);
  };
  const wrong = Object.entries(gold).flatMap(([model, { columns }]) =>
    columns.flatMap((column) => {
      const origins = originsOf(models, `gold.${model}.${column.name}`);
      const personal = origins.length > 0 && origins.every(isPersonal);
      return personal && column.class === 'internal' ? [`${model}.${column.name}`] : [];
    }),
  );
  expect(wrong).toEqual([]);
});
