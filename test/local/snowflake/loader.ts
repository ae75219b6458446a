/** Writes single rows through the stand-in's loader, and reads a Parquet file, for the tests beside this. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Environment } from '../../../local/environment.ts';

type Row = Record<string, string | null>;
type Place = Pick<NonNullable<Environment['snowflake']>, 'endpoint' | 'admin' | 'secret'>;

export class Loader {
  readonly #endpoint: string;
  readonly #token: string;

  private constructor(endpoint: string, token: string) {
    this.#endpoint = endpoint;
    this.#token = token;
  }

  static async open({ endpoint, admin, secret }: Place): Promise<Loader> {
    const { clientId: client_id, clientSecret: client_secret, scope } = admin;
    const body = new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret, scope });
    const answer = (await (await fetch(secret.tokenUrl, { method: 'POST', body })).json()) as { access_token: string };
    return new Loader(endpoint, answer.access_token);
  }

  load(table: string, rows: Row[]): Promise<void> {
    return this.change(
      table,
      '',
      rows.map((row) => ({ op: 'insert', row })),
    );
  }

  async change(table: string, key: string, lines: { op: string; row: Row }[]): Promise<void> {
    const written = table === 'customer_orders' || table === 'product_catalog' ? 'updated_at' : 'created_at';
    const answer = await fetch(`${this.#endpoint}/loader/tables/${table}?${new URLSearchParams({ key, written })}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${this.#token}` },
      body: lines.map((line) => JSON.stringify(line)).join('\n'),
    });
    const { success, message } = (await answer.json()) as { success: boolean; message?: string };
    if (!success) throw new Error(message);
  }
}

/** Every value as text. */
export async function parquetRows(bytes: Uint8Array | undefined): Promise<Record<string, unknown>[]> {
  const folder = await mkdtemp(join(tmpdir(), 'parquet-'));
  try {
    await writeFile(join(folder, 'file'), bytes ?? '');
    const duckdb = await (await DuckDBInstance.create()).connect();
    const rows = await duckdb.runAndReadAll(`SELECT COLUMNS(*)::VARCHAR FROM read_parquet('${join(folder, 'file')}')`);
    return rows.getRowObjectsJson();
  } finally {
    await rm(folder, { recursive: true });
  }
}
