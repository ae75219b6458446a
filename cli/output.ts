/** What the command prints: lines and tables for people, one JSON value for scripts, and the two never mixed on standard output. */

export type Cell = string | number | undefined;

export class Output {
  readonly json: boolean;

  constructor(json: boolean) {
    this.json = json;
  }

  /** For people; with `--json` it goes to standard error, where it shows progress and disturbs no script. */
  line(text = ''): void {
    (this.json ? process.stderr : process.stdout).write(`${text}\n`);
  }

  table(columns: readonly string[], rows: readonly (readonly Cell[])[]): void {
    for (const line of tableLines(columns, rows)) this.line(line);
  }

  /** The answer: with `--json` the value, else what `show` prints of it. */
  result<T>(value: T, show: (value: T) => void): void {
    if (this.json) process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
    else show(value);
  }
}

/** Numbers to the right, text to the left, columns as wide as they must be. */
export function tableLines(columns: readonly string[], rows: readonly (readonly Cell[])[]): string[] {
  const texts = rows.map((row) => columns.map((_, at) => cellText(row[at])));
  const widths = columns.map((column, at) => Math.max(column.length, ...texts.map((row) => (row[at] ?? '').length)));
  const numeric = columns.map((_, at) => rows.length > 0 && rows.every((row) => row[at] === undefined || isNumber(row[at])));
  const lineOf = (cells: readonly string[]) =>
    cells
      .map((cell, at) => (numeric[at] ? cell.padStart(widths[at] ?? 0) : cell.padEnd(widths[at] ?? 0)))
      .join('  ')
      .trimEnd();
  return [lineOf(columns), lineOf(widths.map((width) => '─'.repeat(width))), ...texts.map(lineOf)];
}

function cellText(cell: Cell): string {
  return cell === undefined ? '' : String(cell);
}

function isNumber(cell: Cell): boolean {
  return typeof cell === 'number' || (typeof cell === 'string' && /^-?\d+(\.\d+)?$/.test(cell));
}

/** `12.3 s`. */
export function secondsText(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
