/** Where each column of Gold comes from, and where each column of Silver goes, by the SQL of the models (column_lineage.py). */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import type { CompiledContracts } from '../../functions/contract/contract.ts';
import { silverTable } from '../../functions/publish/catalog-tables.ts';
import { compileContracts } from '../../infra/contracts/compile.ts';
import { withModelSql } from '../../infra/contracts/model-sql.ts';
import { CommandFailed } from '../command-failed.ts';

const Model = z.object({ level: z.number().int(), inputs: z.array(z.string()), columns: z.record(z.string(), z.array(z.string())) });
const Models = z.record(z.string(), Model);
export type Models = z.infer<typeof Models>;

/** `tables`: the columns of every table of Silver and Gold, by its full name. */
export interface Lineage {
  tables: Record<string, string[]>;
  models: Models;
}

/** @throws CommandFailed with the words of sqlglot for SQL that cannot be read. */
export function lineageOf(checkout: string): Lineage {
  const folder = join(checkout, 'spark-jobs/medallion/gold');
  const asked = whatIsAsked(folder, withModelSql(compileContracts(join(checkout, 'contracts')), folder));
  const python = join(checkout, '.etl/python/lake/bin/python');
  const { status, stdout, stderr } = spawnSync(python, [join(import.meta.dirname, 'column_lineage.py')], {
    input: JSON.stringify(asked),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status === 0) return { tables: asked.tables, models: Models.parse(JSON.parse(stdout)) };
  throw new CommandFailed({
    expected: 'SQL that can be read, of tables that contracts have',
    found: stderr?.trim().split('\n').at(-1) ?? 'no Python',
    remedy: 'mend the model in spark-jobs/medallion/gold, or set the checkout up: npm start',
  });
}

function whatIsAsked(folder: string, { datasets, gold }: CompiledContracts): { tables: Lineage['tables']; models: Record<string, string> } {
  const silver = Object.values(datasets).map((contract): [string, string[]] => [
    `silver.${contract.dataset}`,
    silverTable('', contract).columns.map(({ Name }) => Name),
  ]);
  const tables = Object.values(gold).map(({ table, columns }): [string, string[]] => [`gold.${table}`, columns.map(({ name }) => name)]);
  // What the job makes itself has no SQL, and so no lineage.
  const models = Object.values(gold).filter(({ sql }) => sql !== undefined);
  return {
    tables: Object.fromEntries([...silver, ...tables]),
    models: Object.fromEntries(models.map(({ table }) => [table, readFileSync(join(folder, `${table}.sql`), 'utf8')])),
  };
}

/** The columns that a Gold column comes from, at once. */
export function sourcesOf(models: Models, column: string): string[] {
  const [layer, table = '', name = ''] = column.split('.');
  return layer === 'gold' ? (models[table]?.columns[name] ?? []) : [];
}

/** The columns of Gold that come from a column at once. */
export function readersOf(models: Models, column: string): string[] {
  return Object.entries(models).flatMap(([model, { columns }]) =>
    Object.entries(columns).flatMap(([name, sources]) => (sources.includes(column) ? [`gold.${model}.${name}`] : [])),
  );
}

/** The columns that a column comes from in the end: of Silver, or of a table that no SQL makes. */
export function originsOf(models: Models, column: string): string[] {
  const [layer, table = ''] = column.split('.');
  if (layer === 'silver' || !models[table]) return [column];
  return [...new Set(sourcesOf(models, column).flatMap((source) => originsOf(models, source)))].sort();
}
