/** The oddities of rows that change no outcome, found in the rows themselves: what the generator says of them is not asked. */
import type { Fields } from './silver.ts';

type Mark = 'unicode' | 'no email' | 'late' | 'out of order' | 'anonymous' | 'orphan' | 'unparsable' | 'duplicate';

type Referenced = 'users' | 'product_catalog' | 'customer_orders';
const REFERENCED: readonly [Referenced, string][] = [
  ['users', 'user_id'],
  ['product_catalog', 'product_id'],
  ['customer_orders', 'order_id'],
];

const DAY = 86_400_000;
const timeOf = (text: unknown) => Date.parse(String(text));
const isForeign = (...texts: (string | null | undefined)[]) => texts.some((text) => /[^\x20-\x7e]/.test(text ?? ''));
const marked = (marks: Partial<Record<Mark, boolean>>) => Object.entries(marks).flatMap(([mark, is]) => (is ? [mark as Mark] : []));

export class Marks {
  /** The keys that each table has ever had. */
  readonly #known: Record<Referenced, Set<string>> = { users: new Set(), product_catalog: new Set(), customer_orders: new Set() };
  /** The marks of the records that were sent, by their values. */
  readonly #sent = new Map<string, Mark[]>();
  /** When the newest event happened of those that came in time, by topic. */
  readonly #newest = new Map<string, number>();

  /** What is deleted later was there nevertheless. */
  know(tables: ReadonlyMap<string, readonly Fields[]>): void {
    for (const [table, key] of REFERENCED) for (const row of tables.get(table) ?? []) this.#known[table].add(String(row[key]));
  }

  /** How often each comes among rows of a table that were read in one step; `isFill`: they are history, and none is late. */
  ofRows(dataset: string, key: readonly string[], rows: readonly Fields[], isFill: boolean): Record<string, number> {
    const happened = dataset === 'user_sessions' ? 'started_at' : 'occurred_at';
    const newest = rows.reduce((latest, row) => Math.max(latest, timeOf(row[happened]) || 0), 0);
    const seen = new Set<string>();
    const isRepeated = (row: Fields) => seen.size === seen.add(JSON.stringify(key.map((column) => row[column]))).size;
    return counted(
      rows.map((row) => {
        if (isRepeated(row)) return ['duplicate'];
        return [...this.#ofRow(dataset, row), ...marked({ late: !isFill && timeOf(row[happened]) < newest - 2 * DAY })];
      }),
    );
  }

  /** The same among records of a topic, each with the broker's time as `_sentAt` and its text as `_value`. */
  ofRecords(topic: string, records: readonly Fields[]): Record<string, number> {
    const inOrder = records.toSorted((one, other) => Number(one._sentAt) - Number(other._sentAt));
    return counted(
      inOrder.map((record) => {
        if (record._value === null) return ['unparsable'];
        const already = this.#sent.get(String(record._value));
        if (already) return [...already, 'duplicate'];
        const marks = [...this.#ofRow(topic, record), ...this.#ofTime(topic, record)];
        this.#sent.set(String(record._value), marks);
        return marks;
      }),
    );
  }

  #ofRow(dataset: string, row: Fields): Mark[] {
    const lacks = (table: Referenced, id: string | null | undefined) => typeof id === 'string' && !this.#known[table].has(id);
    switch (dataset) {
      case 'users':
        return marked({
          unicode: isForeign(row.first_name, row.last_name),
          'no email': row.email === null && row.country !== null,
        });
      case 'customer_orders':
        return marked({ unicode: isForeign(row.customer_name) });
      case 'subscriptions':
        return marked({ orphan: lacks('users', row.user_id) });
      case 'product_inventory':
        return marked({ orphan: lacks('product_catalog', row.product_id) });
      case 'user_sessions':
      case 'user_events':
        return marked({ anonymous: row.user_id === null, orphan: lacks('users', row.user_id) });
      case 'order_events':
        return marked({ orphan: lacks('customer_orders', row.order_id) });
      default:
        return [];
    }
  }

  /** Of the topics only the events of users come out of order: before one that was sent earlier and happened later. */
  #ofTime(topic: string, { timestamp, _sentAt }: Fields): Mark[] {
    const at = timeOf(timestamp);
    if (Number(_sentAt) - at > DAY) return ['late'];
    const newest = this.#newest.get(topic) ?? 0;
    if (topic === 'user_events' && at < newest) return ['out of order'];
    if (at > newest) this.#newest.set(topic, at);
    return [];
  }
}

function counted(marks: readonly (readonly Mark[])[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const mark of marks.flat()) counts[mark] = (counts[mark] ?? 0) + 1;
  return counts;
}
