/**
 * How fast two clients read the same topic from its beginning: the pipeline's own reader, and a consumer of kafkajs.
 * `node test/bench/kafka-readers.ts [events]`: starts a broker, fills it, and lets each client read three times, in turn, in a process of its own.
 */
import { execFileSync } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { lz4Decompress } from '@platformatic/wasm-utils';
import kafkajs, { CompressionTypes, Kafka, logLevel } from 'kafkajs';
import type { Environment } from '../../local/environment.ts';
import { startEnvironment } from '../local/start-environment.ts';
import { fillTopic } from './fill-topic.ts';
import { readLog } from './read-log.ts';

type Secret = NonNullable<Environment['kafka']>['secret'];
const TOPIC = 'user_events';
const ROUNDS = 3;

async function compare(events: number): Promise<void> {
  const { environment, end } = await startEnvironment(['kafka']);
  try {
    if (!environment.kafka) throw new Error('expected a broker in the environment; found none');
    const { secret, admin } = environment.kafka;
    await fillTopic({ ...secret, ...admin }, TOPIC, events);
    for (let round = 1; round <= ROUNDS; round += 1) {
      for (const reader of ['pipeline', 'kafkajs']) {
        const env = { ...process.env, BENCH_SECRET: JSON.stringify(secret), BENCH_GROUP: `etl-bench-${round}` };
        process.stdout.write(execFileSync(process.execPath, ['--no-warnings', import.meta.filename, reader, String(events)], { env }));
      }
    }
  } finally {
    await end();
  }
}

async function measure(reader: string, events: number): Promise<void> {
  const secret: Secret = JSON.parse(process.env.BENCH_SECRET ?? '');
  const begun = performance.now();
  const cpuBefore = process.cpuUsage();
  const bytes = reader === 'pipeline' ? await readLog(secret, TOPIC, events) : await readAsConsumer(secret, events);
  const seconds = (performance.now() - begun) / 1_000;
  const { user, system } = process.cpuUsage(cpuBefore);
  const memory = Math.round(process.resourceUsage().maxRSS / 1_024);
  const rate = Math.round(events / seconds);
  process.stdout.write(
    `${reader.padEnd(9)} ${seconds.toFixed(2)} s  ${rate} events/s  cpu ${((user + system) / 1e6).toFixed(2)} s  peak ${memory} MB  ${bytes} bytes\n`,
  );
  process.exit(0);
}

async function readAsConsumer({ brokers, username, password, ca }: Secret, events: number): Promise<number> {
  // The same decompressor for both: it is the clients that are compared.
  kafkajs.CompressionCodecs[CompressionTypes.LZ4] = () => ({ decompress: async (buffer: Buffer) => lz4Decompress(buffer) });
  const kafka = new Kafka({
    brokers,
    ssl: { ca: [ca] },
    sasl: { mechanism: 'scram-sha-512', username, password },
    logLevel: logLevel.NOTHING,
  });
  const consumer = kafka.consumer({ groupId: process.env.BENCH_GROUP ?? '', maxBytes: 50 * 1_048_576 });
  await consumer.connect();
  await consumer.subscribe({ topics: [TOPIC], fromBeginning: true });
  let [read, bytes] = [0, 0];
  await consumer.run({
    eachBatch: async ({ batch }) => {
      for (const { value } of batch.messages) bytes += value?.length ?? 0;
      read += batch.messages.length;
    },
  });
  while (read < events) await pause(5);
  return bytes;
}

const [first = '500000', count = '0'] = process.argv.slice(2);
if (/^\d+$/.test(first)) await compare(Number(first));
else await measure(first, Number(count));
