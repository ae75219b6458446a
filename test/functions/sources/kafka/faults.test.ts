/** A cluster of two brokers whose second one, which leads half of each topic, fails midway: named, and read again whole. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { type Admin, Kafka, logLevel, type Producer } from 'kafkajs';
import type { BatchPlan } from '../../../../functions/batch/batch-plan.ts';
import type { LandedValue } from '../../../../functions/batch/chunk-stream.ts';
import { sourceOf } from '../../../../functions/sources/by-kind.ts';
import type { SourcePlan } from '../../../../functions/sources/source.ts';
import type { Environment } from '../../../../local/environment.ts';
import { startEnvironment } from '../../../local/start-environment.ts';
import { until } from '../../../until.ts';
import { setSecret } from '../../secret.ts';
import { planned } from '../planned.ts';
import { topicContract } from './kafka-broker.ts';
import { SECOND, SecondBroker } from './second-broker.ts';

jest.setTimeout(120_000);
const FIRST = 1;
let environment: Environment;
let end: () => Promise<void>;
let admin: Admin;
let producer: Producer;
let second: SecondBroker;

beforeAll(async () => {
  ({ environment, end } = await startEnvironment(['kafka']));
  const { kafka } = environment;
  if (!kafka) throw new Error('expected a broker in the environment; found none');
  const { username, password } = kafka.admin;
  const client = new Kafka({
    brokers: kafka.brokers,
    ssl: { ca: [kafka.secret.ca] },
    sasl: { mechanism: 'scram-sha-512', username, password },
    logLevel: logLevel.NOTHING,
  });
  admin = client.admin();
  producer = client.producer({ allowAutoTopicCreation: false });
  await admin.connect();
  await producer.connect();
  second = await SecondBroker.start(environment.name, admin);
  await setSecret('etl/kafka', { ...kafka.secret, ...kafka.admin });
});
afterAll(async () => {
  second.thaw();
  await producer.disconnect();
  await admin.disconnect();
  await second.end();
  await end();
});

/** Batches of 600 KB: two do not fit one answer, so that a partition is read in as many answers. */
const BATCHES = 8;
const BATCH = 60;
const LONG = 'x'.repeat(10_000);
const PARTITIONS = [0, 1];

/** Partition 0 is led by the second broker, 1 by the first; both have all of it. */
async function topic(name: string): Promise<string[]> {
  await admin.createTopics({
    topics: [
      {
        topic: name,
        replicaAssignment: [
          { partition: 0, replicas: [SECOND, FIRST] },
          { partition: 1, replicas: [FIRST, SECOND] },
        ],
      },
    ],
  });
  await until(`leaders of ${name}`, async () => (await leaders(name)).join() === [SECOND, FIRST].join());
  const sent: string[] = [];
  for (let batch = 0; batch < BATCHES; batch += 1) {
    for (const partition of PARTITIONS) sent.push(...(await send(name, partition, batch * BATCH, BATCH)));
  }
  return sent.sort();
}

async function send(name: string, partition: number, from: number, count: number): Promise<string[]> {
  const keys = Array.from({ length: count }, (_, index) => `${partition}-${String(from + index).padStart(5, '0')}`);
  await producer.send({ topic: name, messages: keys.map((key) => ({ key, value: LONG, partition })), acks: -1 });
  return keys;
}

async function leaders(name: string): Promise<number[]> {
  const { topics } = await admin.fetchTopicMetadata({ topics: [name] });
  return (topics[0]?.partitions ?? []).toSorted((a, b) => a.partitionId - b.partitionId).map(({ leader }) => leader);
}

/** The keys of all chunks; `afterFirst` is called when the first rows are there. A stream that fails has not said how many it sent. */
async function keysOf(name: string, found: SourcePlan, afterFirst?: () => Promise<void> | void, signal = new AbortController().signal) {
  const of = topicContract(name);
  const keys: string[] = [];
  for (const chunk of found.chunks) {
    const stream = await sourceOf('kafka').read({ contract: of, plan: found as BatchPlan, chunk, landing: '', ticket: undefined, signal });
    if (stream.kind !== 'records') throw new Error(`expected records; found ${stream.kind}`);
    try {
      for await (const rows of stream.batches) {
        if (keys.length === 0) await afterFirst?.();
        keys.push(...rows.map(([, , , key]) => text(key)));
      }
      expect(stream.rowCount()).toBe(keys.length);
    } catch (error) {
      expect(stream.rowCount()).toBe(-1);
      throw error;
    } finally {
      await stream.close();
    }
  }
  return keys.sort();
}
const text = (value: LandedValue | undefined) => Buffer.from(value as Uint8Array).toString();

test('a connection that is cut midway, or in the last answer, is SourceInterrupted; read again, each record is there once', async () => {
  const sent = await topic('cut');
  const found = await planned(topicContract('cut'));
  const before = second.proxy.given;
  expect(await keysOf('cut', found)).toEqual(sent);
  const whole = second.proxy.given - before;
  for (const share of [0.5, 0.97]) {
    second.proxy.cutAfter(Math.round(whole * share));
    await expect(keysOf('cut', found)).rejects.toMatchObject({ code: 'SourceInterrupted', retry: 'backoff', dataset: 'cut' });
    expect(await keysOf('cut', found)).toEqual(sent);
  }
});

test('a broker that is frozen ends the chunk at its deadline, by name; read again when it goes on, each record is there once', async () => {
  const sent = await topic('frozen');
  const found = await planned(topicContract('frozen'));
  const deadline = new AbortController();
  const frozen = keysOf(
    'frozen',
    found,
    () => {
      second.freeze();
      AbortSignal.timeout(500).addEventListener('abort', () =>
        deadline.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')),
      );
    },
    deadline.signal,
  );
  await expect(frozen).rejects.toMatchObject({ code: 'SourceUnreachable', retry: 'backoff' });
  second.thaw();
  expect(await keysOf('frozen', found)).toEqual(sent);
});

test('a partition whose leader moves midway is SourceInterrupted; read again from the new one, each record is there once', async () => {
  const sent = await topic('moved');
  const found = await planned(topicContract('moved'));
  const moved = keysOf('moved', found, async () => {
    await admin.alterPartitionReassignments({
      topics: [{ topic: 'moved', partitionAssignment: [{ partition: 0, replicas: [FIRST] }] }],
    });
    await until('the new leader', async () => (await leaders('moved'))[0] === FIRST);
  });
  await expect(moved).rejects.toMatchObject({ code: 'SourceInterrupted', retry: 'backoff' });
  expect(await keysOf('moved', found)).toEqual(sent);
});

test('a broker that is killed midway is SourceInterrupted; the other one gives the rest, and what came after it, once', async () => {
  const sent = await topic('killed');
  const found = await planned(topicContract('killed'));
  await expect(keysOf('killed', found, () => second.kill())).rejects.toMatchObject({ code: 'SourceInterrupted', retry: 'backoff' });
  // The client may ask the broker that is gone, as long as it has not noticed.
  await until('another leader', async () => (await leaders('killed').catch(() => []))[0] === FIRST);
  expect(await keysOf('killed', found)).toEqual(sent);
  const later = await send('killed', 0, BATCHES * BATCH, 3);
  const next = await planned(topicContract('killed'), found.watermark);
  expect(await keysOf('killed', next)).toEqual(later);
});
