/** The row hash, and the sums of a layer hash, as SQL for DuckDB; docs/reference/shapes.md specifies both. */
import type { LandedColumn } from '../batch/batch-plan.ts';
import { quotedName } from './quoted.ts';

/** SQL for the row hash over `columns` of a relation in DuckDB, as the number whose octets, the last one first, are the hash. */
export function rowHashSql(columns: readonly LandedColumn[]): string {
  // One concat of texts that follow one another: each || would copy what the ones before it have made. concat would print octets.
  const octets: string[] = [];
  let texts: string[] = [];
  for (const { name, type } of columns) {
    const column = quotedName(name);
    const value = type === 'BLOB' ? column : textSql(column, type);
    // Of a null neither length nor value: concat leaves both out.
    texts.push(`${type === 'BLOB' ? 'octet_length' : 'strlen'}(${value})`, `if(${value} IS NULL, '-', ':')`);
    if (type === 'BLOB') {
      octets.push(`encode(concat(${texts.join(', ')}))`, `coalesce(${value}, ''::BLOB)`);
      texts = [];
    } else texts.push(value);
    texts.push("','");
  }
  const last = `concat(${texts.join(', ')})`;
  return octets.length === 0 ? `md5_number(${last})` : `md5_number(${octets.join(' || ')} || encode(${last}))`;
}

/** SQL for row count and the two sums of a layer hash, given the row hash as `h`. */
export const LAYER_HASH_SQL = [
  'count(*) AS rows',
  `coalesce(sum(${octetsTurned(`(h & ${2n ** 64n - 1n})::UBIGINT`)}), 0) AS high`,
  `coalesce(sum(${octetsTurned('(h >> 64)::UBIGINT')}), 0) AS low`,
].join(', ');

/** A number of eight octets with the last one first: halves change places, of four octets, then of two, then of one. Reading hex digits takes longer. */
function octetsTurned(number: string): string {
  const step = (of: string, mask: bigint, bits: number) => {
    const lower = `((${of}) & ${mask}::UBIGINT)`;
    const upper = `(((${of}) >> ${bits}) & ${mask}::UBIGINT)`;
    return `((${lower} << ${bits}) | ${upper})`;
  };
  return step(step(step(number, 0x00ff00ff00ff00ffn, 8), 0x0000ffff0000ffffn, 16), 0x00000000ffffffffn, 32);
}

function textSql(column: string, type: string): string {
  switch (type) {
    case 'VARCHAR':
      return column;
    case 'TIMESTAMP':
      return `epoch_us(${column})::VARCHAR`;
    default:
      return `${column}::VARCHAR`;
  }
}
