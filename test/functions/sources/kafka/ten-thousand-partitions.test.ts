/** A topic of 10,000 partitions on a broker of the test's own: what it takes to plan it, to read it, and to mirror its offsets. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { existsSync, mkdtempSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import type { LandedValue } from '../../../../functions/batch/chunk-stream.ts';
import { confirm } from '../../../../functions/sources/by-kind.ts';
import type { KafkaWatermark } from '../../../../functions/sources/kafka/watermark.ts';
import { startEnvironment } from '../../../local/start-environment.ts';
import { until } from '../../../until.ts';
import { setSecret } from '../../secret.ts';
import { plan, planned } from '../planned.ts';
import { rows, topicContract } from './kafka-broker.ts';
import { SECOND, SecondBroker } from './second-broker.ts';

/** Seconds where a folder in memory is to be had; a broker waits for the disk several times a partition, which makes minutes. */
jest.setTimeout(600_000);
const MEMORY = '/dev/shm';
/** Files of 10,000 partitions, of one page each. */
const NEEDED_BYTES = 256 * 1024 * 1024;
const PARTITIONS = 10_000;
/** A controller takes no more in one request. */
const AT_ONCE = 5_000;
/** Of DynamoDB. */
const LEDGER_ITEM_BYTES = 400 * 1024;
const FILLED = Array.from({ length: 500 }, (_, index) => index * 20 + 7);
const wide = topicContract('wide', { chunkRows: 1_000_000 });
let end: () => Promise<void>;
let client: Kafka;
let admin: Admin;
let broker: SecondBroker;
const data = mkdtempSync(join(hasRoom(MEMORY) ? MEMORY : tmpdir(), 'kafka-wide-'));

function hasRoom(folder: string): boolean {
  if (!existsSync(folder)) return false;
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize > NEEDED_BYTES;
}

beforeAll(async () => {
  const started = await startEnvironment(['kafka']);
  ({ end } = started);
  const { kafka } = started.environment;
  if (!kafka) throw new Error('expected a broker in the environment; found none');
  const { username, password } = kafka.admin;
  client = new Kafka({
    brokers: kafka.brokers,
    ssl: { ca: [kafka.secret.ca] },
    sasl: { mechanism: 'scram-sha-512', username, password },
    logLevel: logLevel.NOTHING,
  });
  admin = client.admin();
  await admin.connect();
  broker = await SecondBroker.start(started.environment.name, admin, { heap: '1g', data });
  await createWideTopic();
  await fill();
  await setSecret('etl/kafka', { ...kafka.secret, ...kafka.admin });
});
afterAll(async () => {
  await admin.disconnect();
  await broker.end();
  await end();
  rmSync(data, { recursive: true });
});

async function createWideTopic(): Promise<void> {
  const all = Array.from({ length: PARTITIONS }, (_, partition) => ({ partition, replicas: [SECOND] }));
  // An index is mapped into memory as large as it may become.
  const configEntries = [{ name: 'segment.index.bytes', value: '4096' }];
  const [first, ...rest] = Array.from({ length: PARTITIONS / AT_ONCE }, (_, nth) => all.slice(nth * AT_ONCE, (nth + 1) * AT_ONCE));
  await admin.createTopics({ topics: [{ topic: wide.object, configEntries, replicaAssignment: first }], waitForLeaders: false });
  for (const [nth, more] of rest.entries()) {
    const assignments = more.map(({ replicas }) => replicas);
    await admin.createPartitions({ topicPartitions: [{ topic: wide.object, count: (nth + 2) * AT_ONCE, assignments }] });
  }
  // The questions for all of them take the broker from its work.
  const logs = () => readdirSync(data).filter((folder) => folder.startsWith(`${wide.object}-`)).length;
  await until('a log of each partition', () => logs() === PARTITIONS, 500);
  const offsets = () => admin.fetchTopicOffsets(wide.object).catch(() => []);
  await until('a leader of each partition', async () => (await offsets()).length === PARTITIONS, 60);
}

async function fill(): Promise<void> {
  const producer = client.producer({ allowAutoTopicCreation: false });
  await producer.connect();
  await producer.send({ topic: wide.object, messages: FILLED.map((partition) => ({ partition, value: `of ${partition}` })) });
  await producer.disconnect();
}

/** Numbers of the protocol's kinds of requests. */
const REQUESTS = { 1: 'Fetch', 2: 'ListOffsets', 3: 'Metadata' } as Record<number, string>;

/** The requests that are made meanwhile, as the client tells of them when it sends them; those of logging in left out. */
async function requestsDuring<Found>(work: () => Promise<Found>): Promise<{ found: Found; requests: Record<string, number> }> {
  const requests: Record<string, number> = {};
  const count = (sent: unknown) => {
    const kind = REQUESTS[(sent as { apiKey: number }).apiKey];
    if (kind) requests[kind] = (requests[kind] ?? 0) + 1;
  };
  const channel = 'tracing:plt:kafka:connections:api:start';
  subscribe(channel, count);
  try {
    return { found: await work(), requests };
  } finally {
    unsubscribe(channel, count);
  }
}

test('10,000 partitions are planned in as many requests as one is, but for the samples, and each record in them is read', async () => {
  const { found, requests } = await requestsDuring(() => planned(wide));
  expect(requests).toEqual({ Metadata: 1, ListOffsets: 3, Fetch: 64 });
  expect(found.chunks.map(({ read }) => (read as { ranges: unknown[] }).ranges.length)).toEqual([FILLED.length]);
  const read = (await rows(wide, found)).rows.map(([partition, offset, , , value]) => [partition, offset, textOf(value)]);
  expect(read.sort(([one], [other]) => Number(one) - Number(other))).toEqual(FILLED.map((partition) => [partition, 0n, `of ${partition}`]));
  const again = await requestsDuring(() => plan(wide, found.watermark));
  expect(again).toEqual({ found: undefined, requests: { Metadata: 1, ListOffsets: 3 } });
});

test('the offsets of 10,000 partitions fit the item of the ledger that keeps them, however far they have come', async () => {
  const { topicId, offsets } = (await planned(wide)).watermark as KafkaWatermark;
  const farthest = Object.keys(offsets).map((partition) => [partition, String(2n ** 63n - 1n)]);
  expect(farthest).toHaveLength(PARTITIONS);
  const watermark: KafkaWatermark = { topicId, offsets: Object.fromEntries(farthest) };
  expect(Buffer.byteLength(JSON.stringify(watermark))).toBeLessThan(LEDGER_ITEM_BYTES);
});

test('the offsets of 10,000 partitions are mirrored into the consumer group', async () => {
  const { watermark } = await planned(wide);
  await confirm(wide, watermark);
  const [mirrored] = await admin.fetchOffsets({ groupId: 'etl-wide', topics: [wide.object] });
  const offsets = mirrored?.partitions.map(({ partition, offset }) => [partition, offset]);
  expect(Object.fromEntries(offsets ?? [])).toEqual((watermark as KafkaWatermark).offsets);
});

const textOf = (value: LandedValue | undefined) => Buffer.from(value as Uint8Array).toString();
