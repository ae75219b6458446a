/** Reads the sources as they stand, by plain SQL and a plain consumer: every value as text. */
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { type Consumer, Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import type { Connection } from 'snowflake-sdk';
import type { Environment } from '../../../local/environment.ts';
import { useZstd } from '../../../local/sample-data/kafka.ts';
import { connect } from '../snowflake/connect.ts';
import type { Fields } from './silver.ts';

type Facts<Key extends keyof Environment> = NonNullable<Environment[Key]>;

export async function postgresReader({ secret }: Facts<'postgres'>) {
  const { username: user, password, host, port, database, ca } = secret;
  const client = new pg.Client({ host, port, database, user, password, ssl: { ca } });
  await client.connect();
  return {
    async table(name: string, columns: readonly string[]): Promise<Fields[]> {
      const types = { getTypeParser: () => String };
      const { rows } = await client.query<Fields>({ text: `SELECT ${columns.join(', ')} FROM public.${name}`, types });
      return rows;
    },
    close: () => client.end(),
  };
}

/** Each reading has a connection of its own: the token of one expires within the hour, and a test may take longer. */
export function snowflakeReader({ secret, ca }: Facts<'snowflake'>) {
  setDefaultCACertificates([...getCACertificates('default'), ca]);
  return {
    async table(name: string, columns: readonly string[]): Promise<Fields[]> {
      const connection = await connect({ secret });
      try {
        const rows = await query(
          connection,
          `SELECT ${columns.map((column) => `${printed(name, column)} AS "${column}"`).join(', ')} FROM ${name}`,
        );
        return rows as Fields[];
      } finally {
        await new Promise<void>((resolve, reject) => connection.destroy((error) => (error ? reject(error) : resolve())));
      }
    },
  };
}

/** Of a time all its digits and, where it has one, its zone. */
function printed(table: string, column: string): string {
  if (`${table}.${column}` === 'product_catalog.updated_at') return `TO_VARCHAR(${column}, 'YYYY-MM-DD HH24:MI:SS.FF9')`;
  const isTime = ['updated_at', 'created_at', 'occurred_at'].includes(column);
  return isTime ? `TO_VARCHAR(${column}, 'YYYY-MM-DD HH24:MI:SS.FF9TZH:TZM')` : `${column}::VARCHAR`;
}

function query(connection: Connection, sqlText: string): Promise<unknown[]> {
  return new Promise((resolve, reject) =>
    connection.execute({ sqlText, complete: (error, _statement, rows) => (error ? reject(error) : resolve(rows ?? [])) }),
  );
}

export interface SentRecord {
  partition: number;
  offset: string;
  timestamp: string;
  key: Buffer | null;
  value: Buffer | null;
  headers: readonly (readonly [string, Buffer])[];
}

/** What has been written to each topic since it was asked last. */
export async function kafkaReader({ secret }: Facts<'kafka'>, topics: readonly string[]) {
  useZstd();
  const { brokers, ca, username, password } = secret;
  const kafka = new Kafka({
    brokers,
    ssl: { ca: [ca] },
    sasl: { mechanism: 'scram-sha-512', username, password },
    logLevel: logLevel.NOTHING,
    retry: { retries: 30, initialRetryTime: 50, maxRetryTime: 200 },
  });
  const admin = kafka.admin();
  await admin.connect();
  const consumer = kafka.consumer({ groupId: 'etl-test', maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topics: [...topics], fromBeginning: true });
  const received = new Map<string, SentRecord[]>(topics.map((topic) => [topic, []]));
  const read = new Map<string, bigint>();
  const progress = new EventTarget();
  await run(consumer, received, read, progress);
  return {
    async added(): Promise<Map<string, SentRecord[]>> {
      const ends = await Promise.all(topics.map(async (topic) => ({ topic, partitions: await admin.fetchTopicOffsets(topic) })));
      const isRead = () =>
        ends.every(({ topic, partitions }) =>
          partitions.every(({ partition, high }) => high === '0' || (read.get(`${topic}/${partition}`) ?? -1n) >= BigInt(high) - 1n),
        );
      while (!isRead()) await new Promise((resolve) => progress.addEventListener('batch', resolve, { once: true }));
      return new Map(topics.map((topic) => [topic, received.get(topic)?.splice(0) ?? []]));
    },
    async close() {
      await consumer.disconnect();
      await admin.disconnect();
    },
  };
}

async function run(
  consumer: Consumer,
  received: Map<string, SentRecord[]>,
  read: Map<string, bigint>,
  progress: EventTarget,
): Promise<void> {
  await consumer.run({
    // Whoever reads next reads from the beginning.
    autoCommit: false,
    eachBatch: async ({ batch }) => {
      const { topic, partition } = batch;
      for (const { offset, timestamp, key, value, headers = {} } of batch.messages) {
        const named = Object.entries(headers).map(([name, each]) => [name, Buffer.from(each as Buffer)] as const);
        received.get(topic)?.push({ partition, offset, timestamp, key, value, headers: named });
      }
      read.set(`${batch.topic}/${batch.partition}`, BigInt(batch.lastOffset()));
      progress.dispatchEvent(new Event('batch'));
    },
  });
}
