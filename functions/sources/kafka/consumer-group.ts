/** Mirrors the committed offsets into the consumer group etl-<dataset>, so that tools which show a group's lag show the pipeline's. */
import { type Consumer, Kafka, logLevel } from 'kafkajs';
import type { Contract } from '../../contract/contract.ts';
import { SourceInterrupted } from '../../errors.ts';
import { readSecret } from '../../secrets.ts';
import type { Confirming } from '../source.ts';
import { until } from '../until.ts';
import { classify } from './classify.ts';
import { groupOf } from './group.ts';
import { KafkaSecret } from './secret.ts';
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
    await until(AbortSignal.timeout(CONFIRM_MS), commitAsMember(consumer, contract, offsets));
  } finally {
    await consumer.disconnect();
  }
}

/** Only a member may commit. `setOffsets` of the admin client does the same, but waits for a fetch of 5 s. */
async function commitAsMember(consumer: Consumer, { dataset, object: topic }: Contract, offsets: KafkaWatermark['offsets']): Promise<void> {
  const running = Promise.withResolvers<void>();
  let committed = false;
  // Paused before anything is fetched: this client cannot even decompress what the topics hold.
  consumer.on(consumer.events.GROUP_JOIN, () => consumer.pause([{ topic }]));
  // A client that has joined and does not run yet, or no more, drops a commit without a word.
  consumer.on(consumer.events.FETCH_START, () => running.resolve());
  consumer.on(consumer.events.COMMIT_OFFSETS, () => {
    committed = true;
  });
  // One that can be tried again restarts the consumer, which then joins.
  consumer.on(consumer.events.CRASH, ({ payload }) => payload.restart || running.reject(payload.error));
  await consumer.connect();
  await consumer.subscribe({ topics: [topic] });
  await consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: async () => undefined });
  await running.promise;
  await consumer.commitOffsets(Object.entries(offsets).map(([partition, offset]) => ({ topic, partition: Number(partition), offset })));
  if (committed) return;
  throw new SourceInterrupted({
    dataset,
    expected: 'the group of the pipeline to take the committed offsets',
    found: 'that the client stopped before it had sent them',
    remedy: 'nothing: the next plan of the dataset tells the group again',
  });
}
