/** Decides how what the pipeline should report for a step is counted: one outcome a row, as a receipt counts them. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

export const outcomes = ['inserted', 'updated', 'unchanged', 'superseded', 'deleted', 'quarantined'] as const;
export type Outcome = (typeof outcomes)[number];

const count = z.number().int().nonnegative();
const Dataset = z.object({
  read: count,
  inserted: count,
  updated: count,
  unchanged: count,
  superseded: count,
  deleted: count,
  quarantined: count,
  deletedByAbsence: count,
  /** Rows that break a rule, by the rule's id: those set aside and those only warned of. */
  rulesHit: z.record(z.string(), count),
  /** Oddities that change no outcome: unicode, late, orphan and so on. */
  marks: z.record(z.string(), count),
  /** Rows of earlier steps that an inclusive bound or a lookback may read again: each adds to `read` and to the outcome named. */
  mayReadAgain: z.object({ unchanged: count, quarantined: count, superseded: count }),
});
export type DatasetExpected = z.infer<typeof Dataset>;

export const Expected = z.object({ rows: count, seed: z.number().int(), step: count, datasets: z.record(z.string(), Dataset) });
export type Expected = z.infer<typeof Expected>;

export class Tally {
  readonly #counts: Record<Outcome | 'read' | 'deletedByAbsence', number> = {
    read: 0,
    inserted: 0,
    updated: 0,
    unchanged: 0,
    superseded: 0,
    deleted: 0,
    quarantined: 0,
    deletedByAbsence: 0,
  };
  readonly #mayReadAgain = { unchanged: 0, quarantined: 0, superseded: 0 };
  readonly #rulesHit: Record<string, number> = {};
  readonly #marks: Record<string, number> = {};

  row(outcome: Outcome, rules: readonly string[] = [], marks: readonly string[] = []): void {
    this.#counts.read += 1;
    this.#counts[outcome] += 1;
    for (const rule of rules) this.#rulesHit[rule] = (this.#rulesHit[rule] ?? 0) + 1;
    for (const mark of marks) this.#marks[mark] = (this.#marks[mark] ?? 0) + 1;
  }

  absent(): void {
    this.#counts.deletedByAbsence += 1;
  }

  readAgain(isFaulty: boolean, isCopied: boolean): void {
    this.#mayReadAgain[isFaulty ? 'quarantined' : 'unchanged'] += 1;
    if (isCopied) this.#mayReadAgain.superseded += 1;
  }

  get expected(): DatasetExpected {
    return { ...this.#counts, mayReadAgain: { ...this.#mayReadAgain }, rulesHit: { ...this.#rulesHit }, marks: { ...this.#marks } };
  }
}

/** `expected-<step>.json` in the environment's folder; step 0 is the fill. */
export async function writeExpected(directory: string, expected: Expected): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, `expected-${expected.step}.json`), `${JSON.stringify(expected, null, 2)}\n`);
}

export async function readExpected(directory: string, step: number): Promise<Expected> {
  return Expected.parse(JSON.parse(await readFile(join(directory, `expected-${step}.json`), 'utf8')));
}

/** The change that comes next, with the size and seed that the sources were filled with. */
export async function nextChange(directory: string): Promise<{ rows: number; seed: number; step: number }> {
  const steps = (await readdir(directory)).flatMap((name) => {
    const step = /^expected-(\d+)\.json$/.exec(name)?.[1];
    return step === undefined ? [] : [Number(step)];
  });
  if (steps.length === 0) {
    throw new Error(`sample data: expected expected-0.json in ${directory}; found none; fill the sources first`);
  }
  const last = await readExpected(directory, Math.max(...steps));
  return { rows: last.rows, seed: last.seed, step: last.step + 1 };
}
