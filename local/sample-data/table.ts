/** Decides what happens to each row of a table over the steps: born, updated, repaired, spoiled or deleted, by its index alone. */
import type { Scale } from './scale.ts';

export type Value = string | number | boolean | null;
export type Row = Record<string, Value>;

export interface Table {
  dataset: string;
  source: 'postgres' | 'snowflake';
  /** How the pipeline loads it, which decides what it reads: what has changed, what is new, or all of it. */
  load: 'cursor' | 'append' | 'snapshot';
  key: readonly string[];
  /** Set by the source itself when a row is written by a change; the fill writes a date of long ago. */
  written: string;
  columns: readonly string[];
  initial(scale: Scale): number;
  /** Rows that each change adds. */
  births(scale: Scale): number;
  /** Rows of the source document, which nothing touches. */
  verbatim: number;
  /** The row with the fill's newest sequence, by index: a cursor whose lower bound is inclusive reads it once more. */
  newest?: number;
  /** Ids of the quarantine rules that a row breaks from its birth until it is repaired. */
  faults(index: number): readonly string[];
  /** The rule that every tenth update breaks; none in a snapshot, whose rows are judged again each time. */
  spoils?: string;
  /** Further copies of a row where the source has no primary key to forbid it: the same, or an older version. */
  copy?(index: number): 'same' | 'older' | undefined;
  row(at: RowAt): Row;
  /** Ids of the rules that are broken and only warned of. */
  warnings?(at: RowAt): readonly string[];
  references?(at: RowAt): readonly Reference[];
  marks?(at: RowAt): readonly string[];
}

export interface RowAt {
  seed: number;
  scale: Scale;
  index: number;
  /** The steps that the row came with and that last wrote it: 0 is the fill. */
  born: number;
  version: number;
  /** Rules that this version of the row has to break. */
  faults: readonly string[];
}

/** What a row says of a row of another table, by its index there; undefined for one that never was. */
export interface Reference {
  rule: string;
  to: Table;
  index: number | undefined;
}

/** Ids of the rules that references break: after the step the other table has no good row there. */
export function broken(references: readonly Reference[], scale: Scale, step: number): string[] {
  return references.filter(({ to, index }) => index === undefined || !stateAt(to, scale, index, step)?.accepted).map(({ rule }) => rule);
}

/** A stride instead of chance: the number of dirty rows follows from the size alone and is never none. */
export function every(stride: number, phase: number, index: number): boolean {
  return index % stride === phase;
}

export interface State {
  born: number;
  version: number;
  faults: readonly string[];
  /** Whether a version without a fault was ever written: then Silver holds the row. */
  accepted: boolean;
}

/** Rows there have ever been up to a step, the deleted ones included. */
function everBorn(table: Table, scale: Scale, step: number): number {
  return table.initial(scale) + table.births(scale) * step;
}

function stateAt(table: Table, scale: Scale, index: number, step: number): State | undefined {
  const initial = table.initial(scale);
  const born = index < initial ? 0 : 1 + Math.floor((index - initial) / table.births(scale));
  if (born > step) return undefined;
  const faults = index < table.verbatim ? [] : table.faults(index);
  let state: State = { born, version: born, faults, accepted: faults.length === 0 };
  if (index < table.verbatim || table.load === 'append' || table.copy?.(index) !== undefined) return state;
  for (let at = born + 1; at <= step; at += 1) {
    if (faults.length > 0) {
      // Each row born faulty is mended by one of the first four changes it lives through.
      if (!state.accepted && (Math.floor(index / 10) + at) % 4 === 0) state = { born, version: at, faults: [], accepted: true };
    } else if ((index + 13 * at) % 200 === 5) {
      return undefined;
    } else if ((index + 7 * at) % 50 === 3) {
      const spoiled = table.spoils !== undefined && Math.floor(index / 50) % 10 === 3;
      state = { born, version: at, faults: spoiled && table.spoils ? [table.spoils] : [], accepted: true };
    }
  }
  return state;
}

/** A row's place before and after a step, for every row that has one. */
export function* transitions(
  table: Table,
  scale: Scale,
  step: number,
): Generator<{ index: number; before: State | undefined; after: State | undefined }> {
  const total = everBorn(table, scale, step);
  for (let index = 0; index < total; index += 1) {
    const before = step === 0 ? undefined : stateAt(table, scale, index, step - 1);
    const after = stateAt(table, scale, index, step);
    if (before || after) yield { index, before, after };
  }
}
