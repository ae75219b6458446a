/**
 * Rows as PostgreSQL's COPY prints them in its text format (https://www.postgresql.org/docs/current/sql-copy.html, "Text Format"), read by
 * DuckDB as a CSV without quotes: a tab between values, a line feed behind each row, `\N` for null, `\` before what would be taken for one of them.
 */
import type { LandedColumn } from '../batch/batch-plan.ts';
import { quoted, quotedName } from './quoted.ts';

/** Stands first in the file: at its beginning DuckDB would take U+FEFF for a mark of the encoding, and leave it out. */
export const FIRST_LINE = Buffer.from('rows\n');

/** What stands behind a `\` for a character that is not printed; the `\` itself is another matter. */
const CONTROLS = { b: 8, t: 9, n: 10, v: 11, f: 12, r: 13 };

/** What the server never sends within a text. */
const NEVER = 'chr(0)';

/** SQL for the rows of such a file, read by buffers of so many bytes, than which no row is longer. */
export function readCopyText(file: string, columns: readonly LandedColumn[], buffer: number): string {
  // DuckDB passes over a line without a character, which a single empty text would be: something stands beside it then.
  const fields = columns.length === 1 ? [...columns, { name: `beside ${columns[0]?.name}`, type: 'VARCHAR' }] : columns;
  const types = fields.map(({ name, type }) => `${quoted(name)}: '${type}'`).join(', ');
  const options = `skip = 1, header = false, auto_detect = false, delim = '\t', quote = '', escape = '', new_line = '\\n', nullstr = '\\N', null_padding = false, max_line_size = ${buffer}, buffer_size = ${buffer}`;
  return `(SELECT ${columns.map(valueSql).join(', ')} FROM read_csv(${quoted(file)}, columns = {${types}}, ${options}))`;
}

/** Most texts have no `\`, and of the others most have line ends alone. */
function valueSql({ name, type }: LandedColumn): string {
  const column = quotedName(name);
  if (type !== 'VARCHAR') return column;
  const withLines = replacedSql(column, '\\n', 'chr(10)');
  return `CASE WHEN NOT contains(${column}, '\\') THEN ${column} WHEN regexp_matches(${column}, '\\\\[^n]') THEN ${unescapedSql(column)} ELSE ${withLines} END AS ${column}`;
}

/** A `\` that stands for itself makes no escape of what follows it, so it is out of the way meanwhile. */
function unescapedSql(column: string): string {
  const escapes = Object.entries(CONTROLS).map(([letter, code]) => [`\\${letter}`, `chr(${code})`] as const);
  const controls = escapes.reduce(
    (text, [printed, character]) => replacedSql(text, printed, character),
    replacedSql(column, '\\\\', NEVER),
  );
  return joinedSql(controls, NEVER, `'\\'`);
}

/** DuckDB's replace takes four times as long; array_to_string is a macro that has its list twice, and doubles with each one around it. */
const replacedSql = (text: string, printed: string, bySql: string) => joinedSql(text, `'${printed}'`, bySql);
const joinedSql = (text: string, atSql: string, bySql: string) => `list_aggregate(string_split(${text}, ${atSql}), 'string_agg', ${bySql})`;
