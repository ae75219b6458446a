/**
 * What the lake should hold, kept up to date from the sources alone. In the oracle's schemas: `source` the rows as they are, `judged` the
 * same typed and with the first rule that each breaks, `silver` and `gold` what the pipeline should have made of them so far.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { Lake } from './lake.ts';
import { Oracle } from './oracle.ts';
import { DATASETS, type Dataset, SourceRows } from './source-rows.ts';

/** In an order in which each reads only those before it. */
export const MODELS = [
  'dim_date',
  'dim_users',
  'dim_products',
  'dim_customers',
  'fact_user_events',
  'fact_inventory',
  'fact_sales',
  'daily_sales',
  'monthly_sales',
  'fact_financial_transactions',
  'fact_subscriptions',
  'fact_sessions',
  'product_performance',
  'customer_behaviour',
  'customer_retention',
  'user_engagement',
  'event_funnel',
  'inventory_levels',
  'system_health',
  'subscription_metrics',
  'finance_summary',
  'order_reconciliation',
] as const;

export class ExpectedLake {
  readonly oracle: Oracle;
  readonly #lake: Lake;
  readonly #sources: SourceRows;

  private constructor(lake: Lake, oracle: Oracle, sources: SourceRows) {
    this.#lake = lake;
    this.oracle = oracle;
    this.#sources = sources;
  }

  /** Nothing is expected of an empty lake. */
  static async ofEmptyLake(lake: Lake): Promise<ExpectedLake> {
    const oracle = await Oracle.open();
    const expected = new ExpectedLake(lake, oracle, await SourceRows.open(lake));
    for (const schema of ['source', 'judged', 'before', 'silver', 'gold', 'found']) await oracle.run(`CREATE SCHEMA ${schema}`);
    await expected.#sources.load(oracle);
    for (const { name } of DATASETS) {
      await oracle.run(`CREATE VIEW judged.${name} AS ${expectedSql('silver', name)}`);
      await oracle.run(`CREATE TABLE before.${name} AS FROM judged.${name} WHERE false`);
      await oracle.run(`CREATE TABLE silver.${name} AS SELECT ${valuesOf(name)} FROM judged.${name} WHERE false`);
    }
    for (const model of MODELS) await oracle.run(`CREATE VIEW gold.${model} AS ${expectedSql('gold', model)}`);
    return expected;
  }

  /** What Silver holds now is where the next changes are counted from. */
  static async ofPresentLake(lake: Lake): Promise<ExpectedLake> {
    const expected = await ExpectedLake.ofEmptyLake(lake);
    await expected.#find('silver', names(DATASETS));
    for (const { name } of DATASETS) await expected.oracle.run(`INSERT INTO silver.${name} BY NAME FROM found.${name}`);
    return expected;
  }

  close(): Promise<void> {
    return this.#sources.close();
  }

  /** Takes these datasets as their sources are now. */
  async advance(datasets = DATASETS): Promise<void> {
    for (const { name } of DATASETS) await this.oracle.run(`CREATE OR REPLACE TABLE before.${name} AS FROM judged.${name}`);
    await this.#sources.load(this.oracle);
    for (const dataset of datasets) await this.#advance(dataset);
  }

  /** Row by row, both ways, as the `deltalake` package reads the tables. */
  async compare(datasets: readonly string[] = names(DATASETS), models: readonly string[] = MODELS): Promise<void> {
    await this.#find('silver', datasets);
    await this.#expectEqual('silver', datasets);
    await this.#find('gold', models);
    await this.#expectEqual('gold', models);
  }

  /** What a batch set aside is what came new into the source, all of a snapshot, and breaks a rule; rows that were read again may be there too. */
  async compareQuarantine(batches: ReadonlyMap<string, number>): Promise<void> {
    await this.#find('quarantine', [...batches.keys()]);
    for (const dataset of DATASETS.filter(({ name }) => batches.has(name))) {
      const { name, load, identity } = dataset;
      const bad = `SELECT ${identity.map((column) => `CAST("${column}" AS VARCHAR) AS "${column}"`).join(', ')}, rule`;
      await this.oracle.run(`CREATE OR REPLACE VIEW wanted AS ${bad} FROM (${load === 'snapshot' ? `FROM judged.${name}` : newRows(name)})
        WHERE rule IS NOT NULL`);
      await this.oracle.run(`CREATE OR REPLACE VIEW present AS ${bad} FROM judged.${name} WHERE rule IS NOT NULL`);
      await this.oracle.run(`CREATE OR REPLACE TABLE aside AS
        SELECT ${identity.map((column) => `raw->>'$.${column}' AS "${column}"`).join(', ')}, rule
        FROM found.${name} WHERE _batch = ${batches.get(name)}`);
      const missing = await this.oracle.run('FROM wanted EXCEPT ALL FROM aside');
      const foreign = await this.oracle.run('FROM aside EXCEPT ALL FROM present');
      expect({ name, missing, foreign }).toEqual({ name, missing: [], foreign: [] });
    }
  }

  async #advance({ name, load, key, order }: Dataset): Promise<void> {
    const sameKey = `(${key.join(', ')})`;
    const good = `SELECT ${valuesOf(name)} FROM judged.${name} WHERE rule IS NULL`;
    if (key.length === 0) {
      await this.oracle.run(`CREATE OR REPLACE TABLE silver.${name} AS ${good}`);
      return;
    }
    const isImmutable = load === 'append' || load === 'offsets';
    const sorted = order.map((column) => `"${column}" ${isImmutable ? 'ASC' : 'DESC'}`).join(', ');
    const winners = `${good} QUALIFY row_number() OVER (PARTITION BY ${sameKey} ORDER BY ${sorted}) = 1`;
    const keysOf = (rows: string) => `(SELECT ${sameKey} FROM (${rows}))`;
    if (isImmutable) {
      await this.oracle.run(
        `INSERT INTO silver.${name} FROM (${winners}) AS added WHERE ${sameKey} NOT IN ${keysOf(`FROM silver.${name}`)}`,
      );
      return;
    }
    await this.oracle.run(`DELETE FROM silver.${name} WHERE ${sameKey} NOT IN ${keysOf(`FROM judged.${name}`)}`);
    await this.oracle.run(`DELETE FROM silver.${name} WHERE ${sameKey} IN ${keysOf(winners)}`);
    await this.oracle.run(`INSERT INTO silver.${name} ${winners}`);
  }

  /** Into the schema `found`, without what the pipeline adds to the columns of the contract. */
  async #find(layer: 'silver' | 'gold' | 'quarantine', tables: readonly string[]): Promise<void> {
    const files = this.#lake.readDelta(layer, tables);
    for (const [table, file] of files)
      await this.oracle.loadParquet(`found.${table}`, file, layer === 'quarantine' ? '*' : WITHOUT_METADATA);
  }

  async #expectEqual(schema: 'silver' | 'gold', tables: readonly string[]): Promise<void> {
    const differences: Record<string, unknown> = {};
    for (const table of tables) {
      const difference = await this.oracle.difference(`${schema}.${table}`, `found.${table}`);
      if (difference.length > 0) differences[table] = difference;
    }
    expect(differences).toEqual({});
  }
}

const WITHOUT_METADATA = "COLUMNS(c -> c[1] <> '_')";

export const names = (datasets: readonly Dataset[]) => datasets.map(({ name }) => name);

/** What came into the source since it was looked at before. */
const newRows = (name: string) => `FROM judged.${name} EXCEPT ALL FROM before.${name}`;

/** The columns of the contract. */
function valuesOf(name: string): string {
  const isTopic = DATASETS.find((dataset) => dataset.name === name)?.load === 'offsets';
  return `* EXCLUDE (${isTopic ? '"partition", "offset", ' : ''}rule)`;
}

function expectedSql(layer: 'silver' | 'gold', name: string): string {
  return readFileSync(join(import.meta.dirname, 'expected', layer, `${name}.sql`), 'utf8');
}
