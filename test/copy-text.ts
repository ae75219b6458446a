/** PostgreSQL's COPY in its text format, written and read in a second way: a tab between values, a line feed behind a row, `\N` for null. */

export type Row = (string | null)[];

const LETTERS: Record<string, string> = { '\b': 'b', '\t': 't', '\n': 'n', '\v': 'v', '\f': 'f', '\r': 'r', '\\': '\\' };
const CHARACTERS = new Map(Object.entries(LETTERS).map(([character, letter]) => [letter, character]));

const field = (text: string | null) =>
  text === null ? '\\N' : Array.from(text, (character) => (LETTERS[character] ? `\\${LETTERS[character]}` : character)).join('');

/** A row of one value has an empty one beside it. */
export const copyTextOf = (rows: readonly Row[]): string =>
  rows.map((row) => `${row.map(field).join('\t')}${row.length === 1 ? '\t' : ''}\n`).join('');

const textOf = (printed: string) =>
  printed === '\\N' ? null : printed.replaceAll(/\\(.)/g, (_, letter: string) => CHARACTERS.get(letter) ?? letter);

/** Rows of so many columns. */
export function rowsOf(text: string, columns: number): Row[] {
  const lines = text.split('\n').slice(0, -1);
  return lines.map((line) => line.split('\t').slice(0, columns).map(textOf));
}
