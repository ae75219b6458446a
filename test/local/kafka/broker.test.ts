import { rootCertificates } from 'node:tls';
/** The broker as clients meet it: who gets in, what the reader may do, what there is. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { CompressionTypes, Kafka, logLevel } from 'kafkajs';
import type { Environment } from '../../../local/environment.ts';
import { startEnvironment } from '../start-environment.ts';

jest.setTimeout(60_000);

let broker: NonNullable<Environment['kafka']>;
let end: () => Promise<void>;
beforeAll(async () => {
  const started = await startEnvironment(['kafka']);
  end = started.end;
  if (!started.environment.kafka) throw new Error('expected a broker in the environment; found none');
  broker = started.environment.kafka;
});
afterAll(() => end());

function client(
  login: { username: string; password: string },
  { ssl = { ca: [broker.secret.ca] }, retries = 0 }: { ssl?: object | false; retries?: number } = {},
) {
  return new Kafka({
    brokers: broker.brokers,
    ssl,
    sasl: { mechanism: 'scram-sha-512', username: login.username, password: login.password },
    logLevel: logLevel.NOTHING,
    connectionTimeout: 2_000,
    requestTimeout: 2_000,
    retry: { retries, initialRetryTime: 50, maxRetryTime: 200 },
  });
}

test('the four topics are there with several partitions each', async () => {
  const admin = client(broker.secret).admin();
  await admin.connect();
  const { topics } = await admin.fetchTopicMetadata();
  await admin.disconnect();
  expect(Object.fromEntries(topics.map(({ name, partitions }) => [name, partitions.length]))).toEqual({
    user_events: 4,
    order_events: 3,
    inventory_updates: 3,
    system_metrics: 3,
  });
});

test('a wrong password is refused', async () => {
  const admin = client({ username: broker.secret.username, password: 'wrong' }).admin();
  await expect(admin.connect()).rejects.toThrow(/invalid credentials/);
  await admin.disconnect();
});

test('a client that does not know the authority refuses the broker', async () => {
  const admin = client(broker.secret, { ssl: { ca: [...rootCertificates] } }).admin();
  await expect(admin.connect()).rejects.toThrow(/unable to verify the first certificate/);
  await admin.disconnect();
});

test('a client without TLS gets nothing', async () => {
  const admin = client(broker.secret, { ssl: false }).admin();
  await expect(admin.connect()).rejects.toThrow();
  await admin.disconnect();
});

test('the reader may not write', async () => {
  const producer = client(broker.secret).producer();
  await producer.connect();
  const sent = producer.send({ topic: 'user_events', messages: [{ value: 'x' }], compression: CompressionTypes.GZIP });
  await expect(sent).rejects.toThrow(/Not authorized to access topics/);
  await producer.disconnect();
});

test('the reader may commit offsets of its own groups, and of no other', async () => {
  const wanted = { topic: 'user_events', partitions: [{ partition: 0, offset: '0' }] };
  // The first commit of all makes the topic that holds them, which takes a moment.
  const admin = client(broker.secret, { retries: 30 }).admin();
  await admin.connect();
  await admin.setOffsets({ groupId: 'etl-user_events', ...wanted });
  const [kept] = await admin.fetchOffsets({ groupId: 'etl-user_events', topics: ['user_events'] });
  await admin.disconnect();
  expect(kept?.partitions.find(({ partition }) => partition === 0)?.offset).toBe('0');

  const strict = client(broker.secret).admin();
  await strict.connect();
  // How kafkajs tells of a group that the login may not even describe.
  await expect(strict.setOffsets({ groupId: 'billing', ...wanted })).rejects.toThrow(/Failed to find group coordinator/);
  await strict.disconnect();
});
