/** What Silver would hold of a dataset: rows put through written-out rules one by one, so that outcomes can be counted without the generator. */

export type Fields = Record<string, string | null>;

export interface Rules {
  mode: 'cursor' | 'append' | 'snapshot' | 'offsets';
  key: readonly string[];
  /** What a text column is ordered by; of `append` and `offsets` the first counts. */
  sequence?: string;
  quarantine: Record<string, (row: Fields) => boolean>;
  warn: Record<string, (row: Fields) => boolean>;
  /** Values that are to be keys of other datasets, which are loaded before: only warned of. */
  references?: Record<string, { column: string; to: string }>;
}

export interface Counts {
  read: number;
  inserted: number;
  updated: number;
  unchanged: number;
  superseded: number;
  quarantined: number;
  deletedByAbsence: number;
  rulesHit: Record<string, number>;
}

export class Silver {
  readonly #rules: Rules;
  readonly #others: ReadonlyMap<string, Silver>;
  readonly #rows = new Map<string, string>();

  constructor(rules: Rules, others: ReadonlyMap<string, Silver>) {
    this.#rules = rules;
    this.#others = others;
  }

  has(...key: string[]): boolean {
    return this.#rows.has(JSON.stringify(key));
  }

  /** `present`: the keys that the source has, where absence means deletion. */
  load(batch: readonly Fields[], present?: readonly Fields[]): Counts {
    const counts: Counts = {
      read: batch.length,
      inserted: 0,
      updated: 0,
      unchanged: 0,
      superseded: 0,
      quarantined: 0,
      deletedByAbsence: 0,
      rulesHit: {},
    };
    const best = new Map<string, Fields>();
    for (const row of batch) {
      if (this.#judge(row, counts)) counts.quarantined += 1;
      else if (this.#rules.key.length === 0) counts.inserted += 1;
      else this.#keepBest(best, row, counts);
    }
    for (const [key, row] of best) counts[this.#merge(key, row)] += 1;
    if (present) counts.deletedByAbsence = this.#deleteAbsent(present);
    return counts;
  }

  #judge(row: Fields, { rulesHit }: Counts): boolean {
    const { quarantine, warn, references = {} } = this.#rules;
    const broken = [
      ...Object.entries({ ...quarantine, ...warn }).flatMap(([rule, isBroken]) => (isBroken(row) ? [rule] : [])),
      ...Object.entries(references).flatMap(([rule, reference]) => (this.#leadsNowhere(row, reference) ? [rule] : [])),
    ];
    for (const rule of broken) rulesHit[rule] = (rulesHit[rule] ?? 0) + 1;
    return broken.some((rule) => rule in quarantine);
  }

  #leadsNowhere(row: Fields, { column, to }: { column: string; to: string }): boolean {
    const value = row[column];
    return typeof value === 'string' && !this.#others.get(to)?.has(value);
  }

  #keepBest(best: Map<string, Fields>, row: Fields, counts: Counts): void {
    const key = this.#keyOf(row);
    const other = best.get(key);
    if (other) counts.superseded += 1;
    const { sequence, mode } = this.#rules;
    const isNewer = !other || (mode === 'cursor' && sequence !== undefined && String(row[sequence]) > String(other[sequence]));
    if (isNewer) best.set(key, row);
  }

  #merge(key: string, row: Fields): 'inserted' | 'updated' | 'unchanged' | 'superseded' {
    const text = JSON.stringify(row);
    const held = this.#rows.get(key);
    if (held !== undefined && this.#rules.mode === 'offsets') return 'superseded';
    this.#rows.set(key, text);
    if (held === undefined) return 'inserted';
    return held === text ? 'unchanged' : 'updated';
  }

  #deleteAbsent(present: readonly Fields[]): number {
    const keys = new Set(present.map((row) => this.#keyOf(row)));
    const absent = [...this.#rows.keys()].filter((key) => !keys.has(key));
    for (const key of absent) this.#rows.delete(key);
    return absent.length;
  }

  #keyOf(row: Fields): string {
    return JSON.stringify(this.#rules.key.map((column) => row[column]));
  }
}
