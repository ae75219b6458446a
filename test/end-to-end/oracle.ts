/** Computes what the lake should hold, in DuckDB over the rows of the sources, by SQL that shares nothing with the pipeline. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance, type JS } from '@duckdb/node-api';

export class Oracle {
  readonly #connection: DuckDBConnection;

  private constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  static async open(): Promise<Oracle> {
    const connection = await (await DuckDBInstance.create()).connect();
    await connection.run("SET TimeZone = 'UTC'");
    return new Oracle(connection);
  }

  async run(sql: string): Promise<JS[][]> {
    return (await this.#connection.runAndReadAll(sql)).getRowsJS();
  }

  /** A table of texts, as an independent client printed them. */
  async load(table: string, columns: readonly string[], rows: readonly (readonly (string | null)[])[]): Promise<void> {
    await this.run(`CREATE OR REPLACE TABLE ${table} (${columns.map((column) => `"${column}" VARCHAR`).join(', ')})`);
    const appender = await this.#connection.createAppender(table);
    for (const row of rows) {
      for (const value of row) value === null ? appender.appendNull() : appender.appendVarchar(value);
      appender.endRow();
    }
    appender.closeSync();
  }

  async loadParquet(table: string, file: string): Promise<void> {
    await this.run(`CREATE OR REPLACE TABLE ${table} AS FROM read_parquet('${file.replaceAll("'", "''")}')`);
  }

  /** The query of `expected/<name>.sql`, as a view. */
  async expect(name: string): Promise<void> {
    await this.run(
      `CREATE OR REPLACE VIEW expected_${name} AS ${readFileSync(join(import.meta.dirname, 'expected', `${name}.sql`), 'utf8')}`,
    );
  }

  /** Rows that only one of the two has, each with the side that has it; a row twice counts twice. */
  async difference(expected: string, found: string): Promise<JS[][]> {
    const columns = (await this.run(`SELECT column_name FROM (DESCRIBE ${expected})`))
      .flat()
      .map((name) => `"${name}"`)
      .join(', ');
    return this.run(`
      (SELECT 'missing' AS side, * FROM (SELECT ${columns} FROM ${expected} EXCEPT ALL SELECT ${columns} FROM ${found}) LIMIT 5)
      UNION ALL
      (SELECT 'too much', * FROM (SELECT ${columns} FROM ${found} EXCEPT ALL SELECT ${columns} FROM ${expected}) LIMIT 5)`);
  }

  async count(table: string): Promise<number> {
    return Number((await this.run(`SELECT count(*) FROM ${table}`))[0]?.[0]);
  }
}
