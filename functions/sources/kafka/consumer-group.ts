/** Mirrors the committed offsets into the consumer group etl-<dataset>, so that tools which show a group's lag show the pipeline's. */
import { type Consumer, Kafka, logLevel } from 'kafkajs';
import type { Contract } from '../../contract/contract.ts';
import { readSecret } from '../../secrets.ts';
import type { Confirming } from '../source.ts';
import { classify } from './classify.ts';
import { groupOf } from './group.ts';
import { KafkaSecret } from './secret.ts';
import { until } from './until.ts';
import { KafkaWatermark } from './watermark.ts';

export const consumerGroup = { confirm, classify } satisfies Confirming;

/** Joining an empty group takes the broker's initial delay (3 s); the first commit of all also makes the topic that holds them. */
const CONFIRM_MS = 30_000;

/** The ledger's offsets are the truth: the group's are never read. */
async function confirm(contract: Contract, watermark: unknown): Promise<void> {
  const { offsets } = KafkaWatermark.parse(watermark);
  const { brokers, mechanism, username, password, ca } = await readSecret('etl/kafka', KafkaSecret);
  const consumer = new Kafka({
    clientId: 'etl',
    brokers,
    ssl: { ca },
    sasl: mechanism === 'PLAIN' ? { mechanism: 'plain', username, password } : { mechanism: 'scram-sha-512', username, password },
    logLevel: logLevel.NOTHING,
  }).consumer({ groupId: groupOf(contract.dataset), allowAutoTopicCreation: false, maxWaitTimeInMs: 100 });
  try {
    await until(AbortSignal.timeout(CONFIRM_MS), commitAsMember(consumer, contract.object, offsets));
  } finally {
    await consumer.disconnect();
  }
}

/** Only a member may commit. `setOffsets` of the admin client does the same, but waits for a fetch of 5 s. */
async function commitAsMember(consumer: Consumer, topic: string, offsets: KafkaWatermark['offsets']): Promise<void> {
  const joined = Promise.withResolvers<void>();
  // Paused before anything is fetched: this client cannot even decompress what the topics hold.
  consumer.on(consumer.events.GROUP_JOIN, () => {
    consumer.pause([{ topic }]);
    joined.resolve();
  });
  // One that can be tried again restarts the consumer, which then joins.
  consumer.on(consumer.events.CRASH, ({ payload }) => payload.restart || joined.reject(payload.error));
  await consumer.connect();
  await consumer.subscribe({ topics: [topic] });
  await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: async () => undefined });
  await joined.promise;
  await consumer.commitOffsets(Object.entries(offsets).map(([partition, offset]) => ({ topic, partition: Number(partition), offset })));
}
