/**
 * What the lake should hold, kept up to date from the sources alone. In the oracle's schemas: `source` the rows as they are, `judged` the
 * same typed and with the first rule that each breaks, `silver` and `gold` what the pipeline should have made of them so far.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import { unitOf } from '../../functions/ledger/unit.ts';
import { ExpectedSilver, good } from './expected-silver.ts';
import type { Lake } from './lake.ts';
import { Oracle } from './oracle.ts';
import { keyOfPseudonyms } from './secret-values.ts';
import { DATASETS, type Dataset, SourceRows } from './source-rows.ts';
import { expectContent } from './told-content.ts';

const DIMENSIONS = ['dim_date', 'dim_users', 'dim_products', 'dim_customers'] as const;

/** In an order in which each reads only those before it. */
export const MODELS = [
  ...DIMENSIONS,
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
  'recognised_revenue',
  'order_reconciliation',
] as const;

export class ExpectedLake {
  readonly oracle: Oracle;
  readonly #lake: Lake;
  readonly #sources: SourceRows;
  readonly #silver: ExpectedSilver;

  private constructor(lake: Lake, oracle: Oracle, sources: SourceRows) {
    this.#lake = lake;
    this.oracle = oracle;
    this.#silver = new ExpectedSilver(lake, oracle);
    this.#sources = sources;
  }

  /** Nothing is expected of an empty lake. */
  static async ofEmptyLake(lake: Lake): Promise<ExpectedLake> {
    const oracle = await Oracle.open();
    const expected = new ExpectedLake(lake, oracle, await SourceRows.open(lake));
    for (const schema of ['source', 'record', 'judged', 'before', 'silver', 'gold', 'found_silver', 'found_gold', 'found_quarantine'])
      await oracle.run(`CREATE SCHEMA ${schema}`);
    await oracle.hashBy(await keyOfPseudonyms(lake.stage));
    await expected.#sources.load(oracle);
    for (const dataset of DATASETS) {
      const { name, load } = dataset;
      if (load === 'offsets') await oracle.run(`CREATE VIEW record.${name} AS ${parsed(name)}`);
      await oracle.run(`CREATE VIEW judged.${name} AS ${expectedSql('silver', name)}`);
      await oracle.run(`CREATE TABLE before.${name} AS FROM judged.${name} WHERE false`);
      await oracle.run(`CREATE TABLE silver.${name} AS ${good(dataset, 0)} LIMIT 0`);
    }
    for (const model of MODELS) {
      await oracle.run(`CREATE VIEW gold.${model} AS ${expectedSql('gold', model)}`);
      if (model === DIMENSIONS.at(-1)) await oracle.run(expectedSql('.', 'as-of'));
    }
    return expected;
  }

  /** What Silver holds now is where the next changes are counted from. */
  static async ofPresentLake(lake: Lake): Promise<ExpectedLake> {
    const expected = await ExpectedLake.ofEmptyLake(lake);
    await expected.#find('silver', names(DATASETS));
    for (const { name } of DATASETS) {
      await expected.oracle.run(`INSERT INTO silver.${name} BY NAME FROM found_silver.${name}`);
      expected.#silver.begin(name, (await lake.ledger.head(unitOf(name))).seq);
    }
    return expected;
  }

  close(): Promise<void> {
    return this.#sources.close();
  }

  /** Takes these datasets as their sources are now, in one batch each. */
  async advance(datasets = DATASETS): Promise<void> {
    for (const { name } of DATASETS) await this.oracle.run(`CREATE OR REPLACE TABLE before.${name} AS FROM judged.${name}`);
    await this.#sources.load(this.oracle);
    for (const dataset of datasets) await this.#silver.advance(dataset);
  }

  /** Row by row, both ways, as the `deltalake` package reads the tables. */
  async compare(datasets: readonly string[] = names(DATASETS), models: readonly string[] = MODELS): Promise<void> {
    await this.#silver.learnPlanned();
    const files = await this.#find('silver', datasets);
    await this.#expectEqual('silver', datasets);
    await expectContent(this.#lake, this.oracle, files);
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
        FROM found_quarantine.${name} WHERE _batch = ${batches.get(name)}`);
      const missing = await this.oracle.run('FROM wanted EXCEPT ALL FROM aside');
      const foreign = await this.oracle.run('FROM aside EXCEPT ALL FROM present');
      expect({ name, missing, foreign }).toEqual({ name, missing: [], foreign: [] });
    }
  }

  /** Into the schema `found_<layer>`: of Silver all columns but run, object, ingestion time and the hash of the others. */
  async #find(layer: 'silver' | 'gold' | 'quarantine', tables: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const columns = layer === 'silver' ? '* EXCLUDE (_run, _object, _ingested_at, _content_hash)' : '*';
    const files = this.#lake.readDelta(layer, tables);
    for (const [table, file] of files) await this.oracle.loadParquet(`found_${layer}.${table}`, [file], columns);
    return files;
  }

  async #expectEqual(schema: 'silver' | 'gold', tables: readonly string[]): Promise<void> {
    const differences: Record<string, unknown> = {};
    for (const table of tables) {
      const difference = await this.oracle.difference(`${schema}.${table}`, `found_${schema}.${table}`);
      if (difference.length > 0) differences[table] = difference;
    }
    expect(differences).toEqual({});
  }
}

export const names = (datasets: readonly Dataset[]) => datasets.map(({ name }) => name);

/** What came into the source since it was looked at before. */
const newRows = (name: string) => `FROM judged.${name} EXCEPT ALL FROM before.${name}`;

/** Of a topic's records what JSON they hold, if they do. */
function parsed(topic: string): string {
  return `SELECT CAST("partition" AS INTEGER) AS "partition", CAST("offset" AS BIGINT) AS "offset", _row_hash,
    CASE WHEN json_valid(value) THEN CAST(value AS JSON) END AS event
  FROM source.${topic}`;
}

function expectedSql(layer: 'silver' | 'gold' | '.', name: string): string {
  return readFileSync(join(import.meta.dirname, 'expected', layer, `${name}.sql`), 'utf8');
}
