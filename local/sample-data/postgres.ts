/** Decides how sample rows get into PostgreSQL: by COPY, the changes through a staging table, each step in one transaction. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Scale } from './scale.ts';
import { deletedKeys, filled, written } from './steps.ts';
import type { Row, Table, Value } from './table.ts';

/** Rows joined into one piece of the stream: single rows would cost a write each. */
const rowsAPiece = 1_000;

export async function fillTable(client: Client, table: Table, scale: Scale, seed: number): Promise<void> {
  await inTransaction(client, () => copy(client, `public.${table.dataset}`, table.columns, filled(table, scale, seed)));
}

export async function changeTable(client: Client, table: Table, scale: Scale, seed: number, step: number): Promise<void> {
  const target = `public.${table.dataset}`;
  // The column that says when a row was written is the database's own: by default and trigger.
  const columns = table.columns.filter((column) => column !== table.written);
  const rows = [...written(table, scale, seed, step)];
  const sameKey = table.key.map((column) => `target.${column} = staged.${column}`).join(' AND ');
  const changed = columns.filter((column) => !table.key.includes(column));
  await inTransaction(client, async () => {
    await client.query(`CREATE TEMPORARY TABLE staged ON COMMIT DROP AS SELECT ${columns.join(', ')} FROM ${target} WITH NO DATA`);
    await copy(client, 'staged', columns, pick(rows, 'update'));
    await client.query(
      `UPDATE ${target} AS target SET ${changed.map((column) => `${column} = staged.${column}`).join(', ')} FROM staged WHERE ${sameKey}`,
    );
    await client.query('TRUNCATE staged');
    await copy(client, 'staged', columns, deletedKeys(table, scale, seed, step));
    await client.query(`DELETE FROM ${target} AS target USING staged WHERE ${sameKey}`);
    await client.query('TRUNCATE staged');
    await copy(client, 'staged', columns, pick(rows, 'insert'));
    await client.query(`INSERT INTO ${target} (${columns.join(', ')}) SELECT ${columns.join(', ')} FROM staged`);
  });
}

function* pick(rows: { kind: string; row: Row }[], kind: 'insert' | 'update'): Generator<Row> {
  for (const each of rows) if (each.kind === kind) yield each.row;
}

async function inTransaction(client: Client, work: () => Promise<void>): Promise<void> {
  await client.query('BEGIN');
  try {
    await work();
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}

async function copy(client: Client, target: string, columns: readonly string[], rows: Iterable<Row>): Promise<void> {
  const sink = client.query(copyFrom(`COPY ${target} (${columns.join(', ')}) FROM STDIN`));
  await pipeline(Readable.from(pieces(columns, rows)), sink);
}

function* pieces(columns: readonly string[], rows: Iterable<Row>): Generator<string> {
  let piece = '';
  let held = 0;
  for (const row of rows) {
    piece += `${columns.map((column) => copyText(row[column] ?? null)).join('\t')}\n`;
    held += 1;
    if (held === rowsAPiece) {
      yield piece;
      piece = '';
      held = 0;
    }
  }
  if (held > 0) yield piece;
}

const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** COPY's text format. */
function copyText(value: Value): string {
  return value === null ? '\\N' : String(value).replace(/[\\\t\n\r]/g, (character) => escapes[character] ?? character);
}
