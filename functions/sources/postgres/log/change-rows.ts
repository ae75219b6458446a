/** Makes change rows of what the log says of one table; functions/batch/change-columns.ts has the columns beside the table's own. */
import type { LandedColumn } from '../../../batch/batch-plan.ts';
import { CHANGE_COLUMNS, type Operation } from '../../../batch/change-columns.ts';
import type { Contract } from '../../../contract/contract.ts';
import { sourceName } from '../../../contract/source-name.ts';
import { ColumnMissing, TableTruncated } from '../../../errors.ts';
import { columnTypeChanged } from '../../column-errors.ts';
import { landedTypeOf } from '../landed-types.ts';
import { CopyBytes } from './copy-bytes.ts';
import { type Listener, NULL, type Relation, TEXT, type Tuple, UNCHANGED } from './pgoutput.ts';

export interface Wanted {
  contract: Contract;
  /** The table's as they land, and after them those of change rows. */
  columns: readonly LandedColumn[];
  table: number;
  /** Transactions committed before it, and no others. */
  upper: bigint;
  /** What is added to a place in the log for its position. */
  base: bigint;
  /** How many rows of the first transaction landed before. */
  skip: number;
  /** Values that were not sent are looked up in the table: it is not sure that Silver has the row already. */
  fills: boolean;
  limits: { rows: number; bytes: number };
}

/** A row of which values were not sent, to be looked up by its key. */
export interface Unfilled {
  operation: Operation;
  lsn: bigint;
  at: string;
  values: (string | null)[];
  kept: number[];
}

export class ChangeRows implements Listener {
  readonly bytes = new CopyBytes();
  readonly unfilled: Unfilled[] = [];
  count = 0;
  /** All transactions before the bound are here. */
  isWhole = false;
  /** Nothing more is wanted: they are, or the part is full. */
  ended = false;
  readonly #wanted: Wanted;
  readonly #columns: readonly LandedColumn[];
  readonly #key: ReadonlySet<number>;
  #places: Int32Array = new Int32Array();
  readonly #from: bigint;
  /** Where the log goes on: a transaction that is not here whole, and how many of its rows are. */
  #next: { commit: bigint; rows: number };
  #skip = 0;
  #isInside = false;
  /** When the transaction was committed, as its rows say it. */
  #at = '';

  constructor(wanted: Wanted, from: bigint) {
    this.#wanted = wanted;
    this.#columns = wanted.columns.slice(0, -CHANGE_COLUMNS.length);
    this.#key = new Set(wanted.contract.key.map((name) => this.#columns.findIndex((column) => column.name === name)));
    this.#from = from;
    this.#next = { commit: from, rows: wanted.skip };
  }

  begin(commit: bigint, at: bigint): void {
    this.#endAt(commit);
    this.#isInside = true;
    this.#at = at.toString();
    this.#skip = commit === this.#from ? this.#wanted.skip : 0;
    this.#next = { commit, rows: 0 };
  }

  /** More is here than the part before had: the next one begins later than this one did. */
  get hasAdvanced(): boolean {
    return this.count > 0 || this.#next.commit > this.#from;
  }

  /** Where the next part begins. Rows that landed before are never read again, also where this part has not come past them. */
  get rest(): { commit: bigint; rows: number } {
    const { commit, rows } = this.#next;
    return { commit, rows: commit === this.#from ? Math.max(rows, this.#wanted.skip) : rows };
  }

  /** The server has told of all that lies before `lsn`. */
  alive(lsn: bigint): void {
    this.#endAt(lsn);
    if (!this.#isInside && lsn > this.#next.commit) this.#next = { commit: lsn, rows: 0 };
  }

  commit(): void {
    this.#isInside = false;
    this.#next = { commit: this.#next.commit + 1n, rows: 0 };
    this.#endIfFull();
  }

  relation({ oid, columns }: Relation): void {
    if (oid === this.#wanted.table) this.#places = this.#placesIn(columns);
  }

  insert(relation: number, row: Tuple, body: Buffer, lsn: bigint): void {
    if (relation === this.#wanted.table) this.#add('insert', row, undefined, body, lsn, this.#wanted.fills);
    this.#endIfFull();
  }

  /** A row whose key has changed is another one: the old is deleted, the new inserted, and what was not sent of it is nowhere else. */
  update(relation: number, old: { tuple: Tuple; whole: boolean } | undefined, row: Tuple, body: Buffer, lsn: bigint): void {
    if (relation !== this.#wanted.table) return;
    const isMoved = old !== undefined && this.#hasOtherKey(old.tuple, row, body);
    if (isMoved) this.#addDelete(old.tuple, body, lsn);
    this.#add(isMoved ? 'insert' : 'update', row, old?.whole ? old.tuple : undefined, body, lsn, this.#wanted.fills || isMoved);
    this.#endIfFull();
  }

  delete(relation: number, old: Tuple, body: Buffer, lsn: bigint): void {
    if (relation === this.#wanted.table) this.#addDelete(old, body, lsn);
    this.#endIfFull();
  }

  truncate(relations: number[]): void {
    if (!relations.includes(this.#wanted.table)) return;
    throw truncated(this.#wanted.contract, 'a TRUNCATE in its log');
  }

  /** With what was found of it; what was not found stays as kept. */
  addFilled({ operation, lsn, at, values, kept }: Unfilled, found: readonly (string | null)[] | undefined): void {
    const { bytes } = this;
    for (const [index, value] of values.entries()) {
      const text = found && kept.includes(index) ? found[index] : value;
      if (text === null || text === undefined) bytes.null();
      else bytes.text(text);
    }
    this.#end(operation, lsn, at, found ? [] : kept);
  }

  #add(operation: Operation, row: Tuple, whole: Tuple | undefined, body: Buffer, lsn: bigint, fills: boolean): void {
    if (this.#isSkipped()) return;
    const kept = this.#keptIn(row, whole);
    if (fills && kept.length > 0) {
      const values = this.#columns.map((_, index) => this.#textOf(index, row, body));
      this.unfilled.push({ operation, lsn, at: this.#at, kept, values });
      this.#counted();
      return;
    }
    const places = this.#places;
    for (let index = 0; index < places.length; index += 1) {
      const place = places[index] as number;
      const tuple = whole !== undefined && place >= 0 && row.kinds[place] === UNCHANGED ? whole : row;
      if (place < 0 || tuple.kinds[place] !== TEXT) this.bytes.null();
      else this.bytes.range(body, tuple.starts[place] as number, tuple.ends[place] as number);
    }
    this.#end(operation, lsn, this.#at, kept);
    this.#counted();
  }

  #addDelete(old: Tuple, body: Buffer, lsn: bigint): void {
    if (this.#isSkipped()) return;
    const places = this.#places;
    for (let index = 0; index < places.length; index += 1) {
      const place = places[index] as number;
      if (this.#key.has(index)) this.bytes.range(body, old.starts[place] as number, old.ends[place] as number);
      else this.bytes.null();
    }
    this.#end('delete', lsn, this.#at, []);
    this.#counted();
  }

  #end(operation: Operation, lsn: bigint, at: string, kept: readonly number[]): void {
    const names = kept.map((index) => (this.#columns[index] as LandedColumn).name);
    this.bytes.text(operation);
    this.bytes.text((lsn + this.#wanted.base).toString());
    this.bytes.text(at);
    if (names.length === 0) this.bytes.null();
    else this.bytes.text(JSON.stringify(names));
    this.bytes.endRow();
  }

  #counted(): void {
    this.count += 1;
    this.#next.rows += 1;
  }

  #isSkipped(): boolean {
    if (this.#next.rows >= this.#skip) return false;
    this.#next.rows += 1;
    return true;
  }

  /** Between operations only: one of them may be two rows. */
  #endIfFull(): void {
    const { rows, bytes } = this.#wanted.limits;
    if (this.count >= rows || this.bytes.written >= bytes) this.ended = true;
  }

  #endAt(lsn: bigint): void {
    if (lsn >= this.#wanted.upper) this.ended = this.isWhole = true;
  }

  #keptIn(row: Tuple, whole: Tuple | undefined): number[] {
    const kept: number[] = [];
    if (whole) return kept;
    for (let index = 0; index < this.#places.length; index += 1) {
      const place = this.#places[index] as number;
      if (place >= 0 && row.kinds[place] === UNCHANGED) kept.push(index);
    }
    return kept;
  }

  #textOf(index: number, row: Tuple, body: Buffer): string | null {
    const place = this.#places[index] as number;
    return place < 0 || row.kinds[place] !== TEXT ? null : body.toString('utf8', row.starts[place], row.ends[place]);
  }

  #hasOtherKey(old: Tuple, row: Tuple, body: Buffer): boolean {
    return [...this.#key].some((index) => {
      const place = this.#places[index] as number;
      if (old.kinds[place] === NULL || row.kinds[place] === UNCHANGED) return false;
      return body.compare(body, row.starts[place], row.ends[place], old.starts[place], old.ends[place]) !== 0;
    });
  }

  /** Where each landed column lies in the table as it was then; -1 of one that was added later. */
  #placesIn(columns: Relation['columns']): Int32Array {
    const { contract } = this.#wanted;
    const names = new Set(this.#columns.map(({ name }) => sourceName(contract, name)));
    for (const { aliases = [] } of contract.columns) for (const alias of aliases) names.add(alias);
    const gone = columns.filter(({ name }) => !names.has(name));
    return Int32Array.from(this.#columns, ({ name, type }) => {
      const aliases = contract.columns.find((column) => column.name === name)?.aliases ?? [];
      const place = columns.findIndex((column) => column.name === sourceName(contract, name) || aliases.includes(column.name));
      if (place < 0 && gone.length > 0) throw renamed(contract, name, gone);
      const then = place < 0 ? type : landedTypeOf(columns[place]?.type);
      if (then !== type) throw columnTypeChanged(contract, name, type, `${then} in a part of the log that is still to be read`);
      return place;
    });
  }
}

export function truncated({ dataset }: Pick<Contract, 'dataset'>, found: string): TableTruncated {
  return new TableTruncated({
    dataset,
    expected: 'a table whose rows change one by one',
    found,
    remedy: `read it whole once more: npx etl run --dataset ${dataset} --mode full --wait`,
  });
}

function renamed({ dataset, source }: Contract, name: string, gone: Relation['columns']): ColumnMissing {
  return new ColumnMissing({
    dataset,
    expected: `a column ${name} in the part of the log that is still to be read`,
    found: `none, but ${gone.map((column) => column.name).join(', ')}, which the table has no more`,
    remedy: `if it was renamed, say so by aliases in contracts/${source}/${dataset}.yaml; else npx etl run --dataset ${dataset} --mode full`,
  });
}
