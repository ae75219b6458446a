/** Computes what the lake should hold, in DuckDB over the rows of the sources, by SQL that shares nothing with the pipeline. */
import { type DuckDBConnection, DuckDBInstance, DuckDBTypeId, type DuckDBValue, type JS } from '@duckdb/node-api';

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

  /** Rows with their typed values, and which columns are doubles. */
  async values(sql: string): Promise<{ rows: Record<string, DuckDBValue>[]; doubles: string[] }> {
    const read = await this.#connection.runAndReadAll(sql);
    const names = read.columnNames();
    return { rows: read.getRowObjects(), doubles: names.filter((_, index) => read.columnTypeId(index) === DuckDBTypeId.DOUBLE) };
  }

  /** `keyed_hash`: the HMAC of a text by its definition, H(K xor opad, H(K xor ipad, text)), for a key no longer than a block of 64 octets. */
  async hashBy(key: Buffer): Promise<void> {
    const block = Array.from({ length: 64 }, (_, index) => key[index] ?? 0);
    const padded = (octet: number) => `unhex('${Buffer.from(block.map((each) => each ^ octet)).toString('hex')}')`;
    await this.run(`CREATE MACRO keyed_hash(t) AS sha256(${padded(0x5c)} || unhex(sha256(${padded(0x36)} || encode(t))))`);
  }

  /** A table of texts, as an independent client printed them. */
  async load(schema: string, table: string, columns: readonly string[], rows: readonly (readonly (string | null)[])[]): Promise<void> {
    await this.run(`CREATE OR REPLACE TABLE ${schema}.${table} (${columns.map((column) => `"${column}" VARCHAR`).join(', ')})`);
    const appender = await this.#connection.createAppender(table, schema);
    for (const row of rows) {
      for (const value of row) value === null ? appender.appendNull() : appender.appendVarchar(value);
      appender.endRow();
    }
    appender.closeSync();
  }

  async loadParquet(table: string, files: readonly string[], columns: string): Promise<void> {
    const list = files.map((file) => `'${file.replaceAll("'", "''")}'`).join(', ');
    await this.run(`CREATE OR REPLACE TABLE ${table} AS SELECT ${columns} FROM read_parquet([${list}], union_by_name = true)`);
  }

  /** Rows, or columns, that only one of the two has, each with the side that has it; a row twice counts twice. */
  async difference(expected: string, found: string): Promise<JS[][]> {
    const columns = await this.columnsOf(expected);
    const others = await this.columnsOf(found);
    if (columns.toSorted().join() !== others.toSorted().join())
      return [
        ['columns', ...columns],
        ['columns found', ...others],
      ];
    const list = columns.join(', ');
    return this.run(`
      (SELECT 'missing' AS side, * FROM (SELECT ${list} FROM ${expected} EXCEPT ALL SELECT ${list} FROM ${found}) LIMIT 5)
      UNION ALL
      (SELECT 'too much', * FROM (SELECT ${list} FROM ${found} EXCEPT ALL SELECT ${list} FROM ${expected}) LIMIT 5)`);
  }

  /** Two views: `athena`, the texts of a table as Athena printed them in the types of another, and `cut`, that other to the milliseconds that Athena shows. */
  async asAthena(texts: string, table: string): Promise<void> {
    const columns = await this.run(`SELECT '"' || column_name || '"', column_type FROM (DESCRIBE ${table})`);
    const select = (of: (name: unknown, type: unknown) => string) =>
      columns.map(([name, type]) => `${of(name, type)} AS ${name}`).join(', ');
    // Of a nested value Athena prints `{name=value}` where DuckDB reads `{name: value}`.
    const text = (name: unknown, type: unknown) =>
      String(type).startsWith('STRUCT') ? `regexp_replace(${name}, '(\\w+)=', '\\1: ', 'g')` : name;
    const cast = select((name, type) => `CAST(${text(name, type)} AS ${type})`);
    await this.run(`CREATE OR REPLACE VIEW athena AS SELECT ${cast} FROM ${texts}`);
    const cut = select((name, type) => (type === 'TIMESTAMP WITH TIME ZONE' ? `date_trunc('millisecond', ${name})` : `${name}`));
    await this.run(`CREATE OR REPLACE VIEW cut AS SELECT ${cut} FROM ${table}`);
  }

  async columnsOf(table: string): Promise<string[]> {
    return (await this.run(`SELECT column_name FROM (DESCRIBE ${table})`)).map(([name]) => `"${name}"`);
  }
}
