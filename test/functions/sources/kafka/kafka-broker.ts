/** The shared broker for a test file, with kafkajs as the independent client that fills its topics, and the source as a run uses it. */

import { afterAll, beforeEach } from '@jest/globals';
import { Producer as CompressingProducer, stringSerializers } from '@platformatic/kafka';
import { type Admin, Kafka, logLevel, type Message, type Producer } from 'kafkajs';
import type { BatchPlan } from '../../../../functions/batch/batch-plan.ts';
import type { LandedValue } from '../../../../functions/batch/chunk-stream.ts';
import type { Contract } from '../../../../functions/contract/contract.ts';
import { sourceOf } from '../../../../functions/sources/by-kind.ts';
import type { SourcePlan } from '../../../../functions/sources/source.ts';
import { servers } from '../../../servers/servers.ts';
import { until } from '../../../until.ts';
import { contract } from '../../contracts.ts';
import { setSecret } from '../../secret.ts';

const source = sourceOf('kafka');
const { kafka: facts } = servers;
type Secret = typeof facts.secret;

export class KafkaBroker {
  #admin: Admin | undefined;
  readonly #opened: { disconnect(): Promise<void> }[] = [];

  constructor() {
    beforeEach(() => setSecret('etl/kafka', this.secret()));
    afterAll(() => Promise.all(this.#opened.map((client) => client.disconnect())));
  }

  /** Of the administrator, who may see the topics that tests make. */
  secret(changes: Partial<Secret> = {}): Secret {
    return { ...facts.secret, ...facts.admin, ...changes };
  }

  /** One for all: it knows the topics that it has made. */
  async admin(): Promise<Admin> {
    this.#admin ??= await this.#open(this.#client().admin());
    return this.#admin;
  }

  async producer(transactionalId?: string): Promise<Producer> {
    const options = transactionalId === undefined ? {} : { transactionalId, idempotent: true, maxInFlightRequests: 1 };
    return this.#open(this.#client().producer({ allowAutoTopicCreation: false, ...options }));
  }

  /** A new topic, and the contract of its dataset. */
  async topic(
    name: string,
    numPartitions = 1,
    load: Partial<Contract['load']> = {},
    configs: Record<string, string> = {},
  ): Promise<Contract> {
    const admin = await this.admin();
    const configEntries = Object.entries(configs).map(([config, value]) => ({ name: config, value }));
    await admin.createTopics({ topics: [{ topic: name, numPartitions, configEntries }], waitForLeaders: false });
    const hasLeaders = async () => (await admin.fetchTopicOffsets(name)).length === numPartitions;
    await until(`leaders of ${name}`, () => hasLeaders().catch(() => false));
    return topicContract(name, load);
  }

  async send(topic: string, messages: Message[]): Promise<void> {
    const producer = await this.producer();
    await producer.send({ topic, messages });
  }

  /** kafkajs compresses by gzip alone. */
  async sendCompressed(topic: string, texts: string[], compression: 'gzip' | 'snappy' | 'lz4' | 'zstd'): Promise<void> {
    const { brokers, mechanism, username, password, ca } = this.secret();
    const sasl = { mechanism, username, password };
    const producer = new CompressingProducer({
      clientId: 'test',
      bootstrapBrokers: brokers,
      tls: { ca },
      sasl,
      serializers: stringSerializers,
    });
    await producer.send({ messages: texts.map((value) => ({ topic, value })), compression });
    await producer.close();
  }

  #client(): Kafka {
    const { brokers, admin, secret } = facts;
    const { username, password } = admin;
    return new Kafka({
      brokers,
      ssl: { ca: [secret.ca] },
      sasl: { mechanism: 'scram-sha-512', username, password },
      logLevel: logLevel.NOTHING,
    });
  }

  async #open<Client extends { connect(): Promise<void>; disconnect(): Promise<void> }>(client: Client): Promise<Client> {
    await client.connect();
    this.#opened.push(client);
    return client;
  }
}

export function topicContract(name: string, load: Partial<Contract['load']> = {}): Contract {
  return contract({ dataset: name, source: 'kafka', object: name, columns: { id: 'string' }, load: { mode: 'offsets', ...load } });
}

/** The rows of all chunks, in their order, and what the source says it sent. */
export async function rows(of: Contract, found: SourcePlan, signal = new AbortController().signal, landing = '') {
  const read: (readonly LandedValue[])[] = [];
  let sent = 0;
  for (const chunk of found.chunks) {
    const stream = await source.read({ contract: of, plan: found as BatchPlan, chunk, landing, ticket: undefined, signal });
    if (stream.kind !== 'records') throw new Error(`expected records; found ${stream.kind}`);
    try {
      for await (const batch of stream.batches) read.push(...batch);
      sent += stream.rowCount();
    } finally {
      await stream.close();
    }
  }
  return { rows: read, sent };
}

/** The values alone, as text. */
export async function values(of: Contract, found: SourcePlan): Promise<(string | null)[]> {
  const { rows: read } = await rows(of, found);
  return read.map(([, , , , value]) => (value === null ? null : Buffer.from(value as Uint8Array).toString()));
}
