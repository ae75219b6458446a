/** Decides what the broker holds before anyone uses it: the topics, and what the pipeline's login may do with them. */
import { setTimeout as pause } from 'node:timers/promises';
import kafkajs, { type Admin, Kafka, type KafkaJSError, logLevel } from 'kafkajs';
import { topics } from './topics.ts';

/** Node finds only the first names of this CommonJS package by itself. */
const {
  AclOperationTypes,
  AclPermissionTypes,
  AclResourceTypes,
  KafkaJSConnectionError,
  KafkaJSNonRetriableError,
  KafkaJSProtocolError,
  ResourcePatternTypes,
} = kafkajs;

export interface Connection {
  brokers: string[];
  ca: string;
  username: string;
  password: string;
}

/** Groups whose committed offsets the pipeline may write, so that lag tools show how far it is. */
const readersGroups = 'etl';

function kafkaClient({ brokers, ca, username, password }: Connection, clientId: string): Kafka {
  return new Kafka({
    clientId,
    brokers,
    ssl: { ca: [ca] },
    sasl: { mechanism: 'scram-sha-512', username, password },
    connectionTimeout: 2_000,
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  });
}

/** False while nothing listens yet; a refused login is an error. */
export async function answers(connection: Connection): Promise<boolean> {
  const admin = kafkaClient(connection, 'etl-probe').admin();
  try {
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    return brokers.length === 1;
  } catch (error) {
    if (isStarting(error)) return false;
    throw error;
  } finally {
    await admin.disconnect();
  }
}

/** Resolves once the reader sees every topic. */
export async function setUp(connection: Connection, reader: { username: string; password: string }): Promise<void> {
  const admin = kafkaClient(connection, 'etl-set-up').admin();
  await admin.connect();
  try {
    await createTopics(admin);
    await admin.createAcls({ acl: readOnly(`User:${reader.username}`) });
  } finally {
    await admin.disconnect();
  }
  await untilSeen({ ...connection, ...reader });
}

/** The controller answers before the broker has learned of what it decided: until then the reader finds no topics, or none that lead. */
async function untilSeen(reader: Connection): Promise<void> {
  const admin = kafkaClient(reader, 'etl-set-up').admin();
  await admin.connect();
  try {
    while (!(await seesAll(admin))) await pause(50);
  } finally {
    await admin.disconnect();
  }
}

/** False while the broker itself says that it is not so far. */
async function seesAll(admin: Admin): Promise<boolean> {
  try {
    const seen = (await admin.fetchTopicMetadata()).topics;
    return topics.every(({ topic, partitions }) =>
      seen.some(({ name, partitions: found }) => name === topic && found.filter(({ leader }) => leader >= 0).length === partitions),
    );
  } catch (error) {
    if (error instanceof KafkaJSProtocolError && error.retriable) return false;
    throw error;
  }
}

function isStarting(error: unknown): boolean {
  const cause = error instanceof KafkaJSNonRetriableError ? ((error as KafkaJSError & { cause?: unknown }).cause ?? error) : error;
  return cause instanceof KafkaJSConnectionError;
}

/** Says nothing of topics that there are already. */
async function createTopics(admin: Admin): Promise<void> {
  await admin.createTopics({
    // What is waited for is that the reader sees them: this wait fails when the broker has not learned of them yet.
    waitForLeaders: false,
    topics: topics.map(({ topic, partitions }) => ({ topic, numPartitions: partitions, replicationFactor: 1 })),
  });
}

function readOnly(principal: string) {
  const allowed = { principal, host: '*', permissionType: AclPermissionTypes.ALLOW };
  const onTopics = topics.map(({ topic }) => ({
    ...allowed,
    resourceType: AclResourceTypes.TOPIC,
    resourceName: topic,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    operation: AclOperationTypes.READ,
  }));
  const onGroups = {
    ...allowed,
    resourceType: AclResourceTypes.GROUP,
    resourceName: readersGroups,
    resourcePatternType: ResourcePatternTypes.PREFIXED,
    operation: AclOperationTypes.READ,
  };
  return [...onTopics, onGroups];
}
