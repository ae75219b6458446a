/** What the sources hold, as their own clients print it: in the oracle's schema `source` a table of texts for each dataset, with the hash of each row. */
import { postgresTables, snowflakeTables, topics } from '../../local/sample-data/sources.ts';
import { kafkaReader, postgresReader, type SentRecord, snowflakeReader } from '../local/sample-data/readers.ts';
import { type HashedValue, rowHash } from '../row-hash.ts';
import type { Lake } from './lake.ts';
import type { Oracle } from './oracle.ts';

export interface Dataset {
  name: string;
  source: 'postgres' | 'snowflake' | 'kafka';
  load: 'cursor' | 'append' | 'snapshot' | 'offsets';
  key: readonly string[];
  /** What a row is found again by in the source, whatever is wrong with it. */
  identity: readonly string[];
  /** What the versions of a key are ordered by. */
  order: readonly string[];
  /** Every version of a key stays. */
  keepsVersions: boolean;
}

/** By name. */
export const DATASETS: readonly Dataset[] = [
  ...[...postgresTables, ...snowflakeTables].map(({ dataset, source, load, key, written }) => ({
    name: dataset,
    source,
    load,
    key,
    identity: key,
    order: [written],
    keepsVersions: ['users', 'product_catalog'].includes(dataset),
  })),
  ...topics.map(({ dataset, hasKey }) => ({
    name: dataset,
    source: 'kafka' as const,
    load: 'offsets' as const,
    key: hasKey ? ['event_id'] : [],
    identity: ['partition', 'offset'],
    order: ['offset', 'partition'],
    keepsVersions: false,
  })),
].sort((one, other) => one.name.localeCompare(other.name));

export class SourceRows {
  readonly #readers: Readers;
  readonly #sent = new Map<string, SentRecord[]>();

  private constructor(readers: Readers) {
    this.#readers = readers;
  }

  static async open(lake: Lake): Promise<SourceRows> {
    return new SourceRows(await readersOf(lake));
  }

  /** As they are now. */
  async load(oracle: Oracle): Promise<void> {
    const { postgres, snowflake, kafka } = this.#readers;
    for (const [reader, tables] of [[postgres, postgresTables] as const, [snowflake, snowflakeTables] as const]) {
      for (const { dataset, columns } of tables) {
        const rows = (await reader.table(dataset, columns)).map((row) => columns.map((column) => row[column] ?? null));
        await oracle.load(
          'source',
          dataset,
          [...columns, '_row_hash'],
          rows.map((row) => [...row, rowHash(row)]),
        );
      }
    }
    for (const [topic, added] of await kafka.added()) {
      const sent = [...(this.#sent.get(topic) ?? []), ...added];
      this.#sent.set(topic, sent);
      const rows = sent.map((record) => [String(record.partition), record.offset, String(record.value), rowHash(landed(record))]);
      await oracle.load('source', topic, ['partition', 'offset', 'value', '_row_hash'], rows);
    }
  }

  async close(): Promise<void> {
    for (const reader of [this.#readers.postgres, this.#readers.kafka]) await reader.close();
  }
}

/** The values of a record's columns that its hash is of, in the order in which they land. */
function landed({ partition, offset, timestamp, key, value, headers }: SentRecord): HashedValue[] {
  const pairs = headers.map(([name, each]) => [name, each.toString('base64')]);
  return [String(partition), offset, timestamp, key, value, JSON.stringify(pairs)];
}

type Readers = Awaited<ReturnType<typeof readersOf>>;

async function readersOf({ stage: { environment } }: Lake) {
  if (!environment?.postgres || !environment.snowflake || !environment.kafka) throw new Error('expected three sources in the environment');
  return {
    postgres: await postgresReader(environment.postgres),
    snowflake: snowflakeReader(environment.snowflake),
    kafka: await kafkaReader(
      environment.kafka,
      topics.map(({ dataset }) => dataset),
    ),
  };
}
