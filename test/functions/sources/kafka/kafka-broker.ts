/** A broker for a test file, with kafkajs as the independent client that fills its topics, and the source as a run uses it. */
import { createRequire } from 'node:module';
import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { type Admin, CompressionCodecs, CompressionTypes, Kafka, logLevel, type Message, type Producer } from 'kafkajs';
import type { Contract } from '../../../../functions/contract/contract.ts';
import type { BatchPlan, Mode } from '../../../../functions/landing/batch-plan.ts';
import { sourceOf } from '../../../../functions/sources/by-kind.ts';
import type { LandedValue, SourcePlan } from '../../../../functions/sources/source.ts';
import type { Environment } from '../../../../local/environment.ts';
import { startEnvironment } from '../../../local/start-environment.ts';
import { contract } from '../../contracts.ts';
import { setSecret } from '../../secret.ts';

const Lz4 = createRequire(import.meta.url)('kafkajs-lz4') as new () => { codec: () => unknown };
CompressionCodecs[CompressionTypes.LZ4] = new Lz4().codec;

type Facts = NonNullable<Environment['kafka']>;
export const source = sourceOf('kafka');

export class KafkaBroker {
  #facts: Facts | undefined;
  readonly #opened: { disconnect(): Promise<void> }[] = [];

  constructor() {
    let end: () => Promise<void>;
    beforeAll(async () => {
      const started = await startEnvironment(['kafka']);
      end = started.end;
      this.#facts = started.environment.kafka;
    });
    beforeEach(() => setSecret('etl/kafka', this.secret()));
    afterAll(async () => {
      await Promise.all(this.#opened.map((client) => client.disconnect()));
      await end();
    });
  }

  get facts(): Facts {
    if (!this.#facts) throw new Error('expected a broker in the environment; found none');
    return this.#facts;
  }

  /** Of the administrator, who may see the topics that tests make. */
  secret(changes: Partial<Facts['secret']> = {}): Facts['secret'] {
    return { ...this.facts.secret, ...this.facts.admin, ...changes };
  }

  async admin(): Promise<Admin> {
    return this.#open(this.#client().admin());
  }

  async producer(transactionalId?: string): Promise<Producer> {
    const options = transactionalId === undefined ? {} : { transactionalId, idempotent: true, maxInFlightRequests: 1 };
    return this.#open(this.#client().producer({ allowAutoTopicCreation: false, ...options }));
  }

  /** A new topic, and the contract of its dataset. */
  async topic(name: string, numPartitions = 1, load: Partial<Contract['load']> = {}): Promise<Contract> {
    const admin = await this.admin();
    await admin.createTopics({ topics: [{ topic: name, numPartitions }], waitForLeaders: true });
    return topicContract(name, load);
  }

  async send(topic: string, messages: Message[], compression = CompressionTypes.None): Promise<void> {
    const producer = await this.producer();
    await producer.send({ topic, messages, compression });
  }

  #client(): Kafka {
    const { brokers, admin, secret } = this.facts;
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

export function plan(of: Contract, watermark?: unknown, mode: Mode = 'incremental'): Promise<SourcePlan | undefined> {
  return source.plan({ contract: of, watermark, mode });
}

/** A plan, where there is something new. */
export async function planned(of: Contract, watermark?: unknown, mode: Mode = 'incremental'): Promise<SourcePlan> {
  const found = await plan(of, watermark, mode);
  if (!found) throw new Error('expected something new to plan; found nothing');
  return found;
}

/** The rows of all chunks, in their order, and what the source says it sent. */
export async function rows(of: Contract, found: SourcePlan, signal = new AbortController().signal) {
  const read: (readonly LandedValue[])[] = [];
  let sent = 0;
  for (const chunk of found.chunks) {
    const stream = await source.read({ contract: of, plan: found as BatchPlan, chunk, token: undefined, signal });
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
