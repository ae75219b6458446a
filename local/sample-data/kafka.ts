/** Decides how sample records get into Kafka: zstd batches, a partition's records in their order, acknowledged before the next. */
import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import kafkajs, { CompressionTypes, Kafka, logLevel, Partitioners, type Producer } from 'kafkajs';
import { records, type SampleRecord, type Step, type Topic } from './events.ts';

const compressed = promisify(zstdCompress);
const decompressed = promisify(zstdDecompress);

export interface KafkaWriter {
  brokers: readonly string[];
  username: string;
  password: string;
  ca: string;
}

/** A request's worth: some 250 KB before compression. */
const recordsARequest = 1_000;

export async function writeTopics(writer: KafkaWriter, topics: readonly Topic[], step: Step): Promise<void> {
  useZstd();
  const { brokers, username, password, ca } = writer;
  const kafka = new Kafka({
    clientId: 'sample-data',
    brokers: [...brokers],
    ssl: { ca: [ca] },
    sasl: { mechanism: 'scram-sha-512', username, password },
    logLevel: logLevel.NOTHING,
  });
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  try {
    for (const topic of topics) await writeTopic(producer, topic, step);
  } finally {
    await producer.disconnect();
  }
}

async function writeTopic(producer: Producer, topic: Topic, step: Step): Promise<void> {
  let held: SampleRecord[] = [];
  const send = async () => {
    const messages = held.map(({ key, value, timestamp, headers }) => ({ key, value, timestamp: String(timestamp), headers }));
    held = [];
    await producer.send({ topic: topic.dataset, acks: -1, compression: CompressionTypes.ZSTD, messages });
  };
  for (const record of records(topic, step)) {
    held.push(record);
    if (held.length === recordsARequest) await send();
  }
  if (held.length > 0) await send();
}

/** kafkajs knows gzip alone; others are plugged in, for the whole process. */
export function useZstd(): void {
  kafkajs.CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: ({ buffer }: { buffer: Buffer }) => compressed(buffer),
    decompress: (buffer: Buffer) => decompressed(buffer),
  });
}
