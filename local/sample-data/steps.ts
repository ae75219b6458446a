/** Decides, for one table and step, which rows are written or deleted, and what the pipeline should report of them. */
import { type DatasetExpected, Tally } from './expected.ts';
import { dayAfter } from './people.ts';
import type { Scale } from './scale.ts';
import { broken, type Row, type RowAt, type State, type Table, transitions } from './table.ts';

const dayBefore = (time: string) => `${dayAfter(time.slice(0, 10), -1)}${time.slice(10)}`;

export interface Written {
  kind: 'insert' | 'update';
  row: Row;
}

/** Rows of the fill, copies included, in the order they are to be written. */
export function* filled(table: Table, scale: Scale, seed: number): Generator<Row> {
  for (const { index, after } of transitions(table, scale, 0)) {
    if (!after) continue;
    const row = table.row({ seed, scale, index, born: 0, version: 0, faults: after.faults });
    const copy = table.copy?.(index);
    if (copy === 'older') yield { ...row, [table.written]: dayBefore(String(row[table.written])) };
    if (copy === 'same') yield row;
    yield row;
  }
}

export function* written(table: Table, scale: Scale, seed: number, step: number): Generator<Written> {
  for (const { index, before, after } of transitions(table, scale, step)) {
    if (!after || after.version !== step) continue;
    const row = table.row({ seed, scale, index, born: after.born, version: step, faults: after.faults });
    if (!before && table.copy?.(index) !== undefined) yield { kind: 'insert', row };
    yield { kind: before ? 'update' : 'insert', row };
  }
}

export function* deletedKeys(table: Table, scale: Scale, seed: number, step: number): Generator<Row> {
  for (const { index, before, after } of transitions(table, scale, step)) {
    if (!before || after) continue;
    const row = table.row({ seed, scale, index, born: before.born, version: 0, faults: [] });
    yield Object.fromEntries(table.key.map((column) => [column, row[column] ?? null]));
  }
}

export function expectedOf(table: Table, scale: Scale, seed: number, step: number): DatasetExpected {
  const tally = new Tally();
  for (const { index, before, after } of transitions(table, scale, step)) {
    if (!after) {
      if (before?.accepted) tally.absent();
      continue;
    }
    const isWritten = step === 0 || after.version === step;
    const isCopied = table.copy?.(index) !== undefined;
    if (table.load !== 'snapshot' && !isWritten) {
      if (after.version > 0 || (step === 1 && index === table.newest)) tally.readAgain(after.faults.length > 0, isCopied);
      continue;
    }
    const at: RowAt = { seed, scale, index, born: after.born, version: after.version, faults: after.faults };
    const rules = [...after.faults, ...(table.warnings?.(at) ?? []), ...broken(table.references?.(at) ?? [], scale, step)];
    const marks = table.marks?.(at) ?? [];
    tally.row(outcomeOf(before, after, isWritten), rules, marks);
    // A copy loses to the row itself, in every snapshot anew; it breaks the same rules.
    if (isCopied) tally.row('superseded', rules, ['duplicate']);
  }
  return tally.expected;
}

function outcomeOf(before: State | undefined, after: State, isWritten: boolean): 'inserted' | 'updated' | 'unchanged' | 'quarantined' {
  if (after.faults.length > 0) return 'quarantined';
  if (!isWritten) return 'unchanged';
  return before?.accepted ? 'updated' : 'inserted';
}
