/** The row hash, and the sums of a layer hash, as SQL for DuckDB; docs/reference/shapes.md specifies both. */
import type { LandedColumn } from '../batch/batch-plan.ts';

/** SQL for the row hash over `columns` of a relation in DuckDB. */
export function rowHashSql(columns: readonly LandedColumn[]): string {
  const texts = columns.map(({ name, type }) => {
    const text = textSql(`"${name.replaceAll('"', '""')}"`, type);
    // A null is left out by concat, and its length is the dash.
    return `coalesce(strlen(${text})::VARCHAR || ':', '-'), ${text}, ','`;
  });
  // One concat of all: each || would copy what the ones before it have made.
  return `md5(concat(${texts.join(', ')}))`;
}

/** SQL for row count and the two sums of a layer hash, given the row hash as `h`. */
export const LAYER_HASH_SQL = [
  'count(*) AS rows',
  "coalesce(sum(('0x' || substr(h, 1, 16))::UBIGINT), 0) AS high",
  "coalesce(sum(('0x' || substr(h, 17, 16))::UBIGINT), 0) AS low",
].join(', ');

function textSql(column: string, type: string): string {
  switch (type) {
    case 'VARCHAR':
      return column;
    case 'BLOB':
      return `lower(hex(${column}))`;
    case 'TIMESTAMP':
      return `epoch_us(${column})::VARCHAR`;
    default:
      return `${column}::VARCHAR`;
  }
}
