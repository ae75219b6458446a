/** A compacted topic that the pipeline may read, and the table that its records come to. */
import kafkajs, { type Admin, Kafka, logLevel, type Producer } from 'kafkajs';
import type { Stage } from '../../cli/stage.ts';

/** Node finds only the first names of this CommonJS package by itself. */
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

export class CompactedTopic {
  /** By key, the newest value. */
  readonly table = new Map<string, number>();
  readonly #topic: string;
  readonly #admin: Admin;
  readonly #producer: Producer;
  readonly #ofReader: Parameters<Admin['createAcls']>[0]['acl'][number];

  private constructor(topic: string, kafka: Kafka, reader: string) {
    this.#topic = topic;
    this.#admin = kafka.admin();
    this.#producer = kafka.producer({ allowAutoTopicCreation: false });
    this.#ofReader = {
      resourceType: AclResourceTypes.TOPIC,
      resourceName: topic,
      resourcePatternType: ResourcePatternTypes.LITERAL,
      principal: `User:${reader}`,
      host: '*',
      operation: AclOperationTypes.READ,
      permissionType: AclPermissionTypes.ALLOW,
    };
  }

  static async make(topic: string, { environment }: Stage): Promise<CompactedTopic> {
    if (!environment?.kafka) throw new Error('expected Kafka in the environment');
    const { admin, brokers, secret } = environment.kafka;
    const { username, password } = admin;
    const sasl = { mechanism: 'scram-sha-512' as const, username, password };
    const kafka = new Kafka({ clientId: 'test', brokers, ssl: { ca: [secret.ca] }, sasl, logLevel: logLevel.NOTHING });
    const made = new CompactedTopic(topic, kafka, secret.username);
    await Promise.all([made.#admin.connect(), made.#producer.connect()]);
    const configEntries = [{ name: 'cleanup.policy', value: 'compact' }];
    await made.#admin.createTopics({ topics: [{ topic, numPartitions: 2, configEntries }] });
    await made.#admin.createAcls({ acl: [made.#ofReader] });
    return made;
  }

  /** Of null a tombstone. */
  async put(pieces: Record<string, number | null>): Promise<void> {
    const messages = Object.entries(pieces).map(([id, count]) => ({
      key: id,
      value: count === null ? null : JSON.stringify({ id, pieces: count }),
    }));
    await this.#producer.send({ topic: this.#topic, messages });
    for (const [id, count] of Object.entries(pieces)) {
      if (count === null) this.table.delete(id);
      else this.table.set(id, count);
    }
  }

  async remove(): Promise<void> {
    await this.#admin.deleteAcls({ filters: [this.#ofReader] });
    await this.#admin.deleteTopics({ topics: [this.#topic] });
    await Promise.all([this.#admin.disconnect(), this.#producer.disconnect()]);
  }
}
