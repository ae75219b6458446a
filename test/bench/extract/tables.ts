/** The tables that the extraction benchmark reads: few short columns, many columns, and long texts. */
import type pg from 'pg';

export interface BenchTable {
  name: string;
  /** Names with the physical type, as a contract says them. */
  columns: Record<string, string>;
  /** Each column's value for the row `i`. */
  values: string;
}

const WIDE = Array.from({ length: 12 }, (_, at) => at);

export const TABLES: [narrow: BenchTable, ...BenchTable[]] = [
  {
    name: 'narrow',
    columns: { id: 'bigint', product: 'integer', price: 'numeric', updated_at: 'timestamp with time zone' },
    values: "i, (i * 7919 % 100003)::int, (i * 31 % 1000000) / 100.0, timestamptz '2024-01-01' + i * interval '1.000001 second'",
  },
  {
    name: 'wide',
    columns: {
      id: 'bigint',
      ...Object.fromEntries(
        WIDE.flatMap((at) => [
          [`whole_${at}`, 'integer'],
          [`amount_${at}`, 'numeric'],
          [`code_${at}`, 'text'],
        ]),
      ),
      updated_at: 'timestamp with time zone',
    },
    values: [
      'i',
      ...WIDE.map((at) => `(i * ${7919 + at} % 100003)::int, (i * ${31 + at} % 1000000) / 100.0, 'C' || i * ${13 + at} % 5000`),
      "timestamptz '2024-01-01' + i * interval '1.000001 second'",
    ].join(', '),
  },
  {
    name: 'texts',
    columns: { id: 'bigint', title: 'text', body: 'text', updated_at: 'timestamp with time zone' },
    values:
      "i, 'Title, \"' || md5(i::text) || '\"', repeat(md5((i % 1000)::text) || ' ', 4) || md5(i::text) || E'\\n' || md5((i + 1)::text), timestamptz '2024-01-01' + i * interval '1.000001 second'",
  },
];

/** `rows` of them, in a table that a role which may read all tables reads. */
export async function fill(admin: pg.Client, { name, columns, values }: BenchTable, rows: number): Promise<void> {
  const declared = Object.entries(columns).map(([column, type]) => `${column} ${type}`);
  await admin.query(`CREATE TABLE ${name} (${declared.join(', ')}, PRIMARY KEY (id))`);
  await admin.query(`INSERT INTO ${name} SELECT ${values} FROM generate_series(1::bigint, ${rows}) AS i`);
  await admin.query(`VACUUM ANALYZE ${name}`);
  // What the server still has to write would be written while the readers are measured.
  await admin.query('CHECKPOINT');
}
