/** Kafka's errors by name: the broker's own codes, the system's where no broker answered, whichever client met them. */
import { CredentialRejected, PermissionDenied, type PipelineError, SourceBusy, TableMissing } from '../../errors.ts';
import { type Meaning, nameError, networkMeanings, type Part } from '../meaning.ts';

const { reach: REACH, cut: CUT, ...NETWORK } = networkMeanings('a broker of Kafka', 'kafka', "the secret's ca");
const BUSY: Meaning = {
  error: SourceBusy,
  expected: 'the coordinator of the group to be free',
  remedy: 'nothing: it is tried again; if it stays so, see who else uses the group etl-<dataset>',
};
const LOGIN: Meaning = {
  error: CredentialRejected,
  expected: 'Kafka to accept mechanism, user and password of the secret etl/kafka',
  remedy: 'npx etl secrets set kafka',
};
const MISSING: Meaning = {
  error: TableMissing,
  expected: 'the topic of the contract',
  remedy: 'create the topic, or correct physicalName in the contract',
};
const NO_TOPIC: Meaning = {
  error: PermissionDenied,
  expected: 'a topic of that name with DESCRIBE and READ on it',
  remedy: 'create the topic, or allow the user of the secret etl/kafka DESCRIBE and READ on it',
};
const NO_GROUP: Meaning = {
  error: PermissionDenied,
  expected: 'READ on the consumer group etl-<dataset>',
  remedy: 'allow the user of the secret etl/kafka READ on groups that begin with etl-',
};

const BY_CODE: Record<string, Meaning> = {
  ...NETWORK,
  SASL_AUTHENTICATION_FAILED: LOGIN, // Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512
  UNSUPPORTED_SASL_MECHANISM: LOGIN, // The broker does not support the requested SASL mechanism.
  // A broker says the same of a topic that is not there and of one that may not be seen.
  TOPIC_AUTHORIZATION_FAILED: NO_TOPIC, // Topic authorization failed.
  GROUP_AUTHORIZATION_FAILED: NO_GROUP, // Group authorization failed.
  UNKNOWN_TOPIC_OR_PARTITION: MISSING, // This server does not host this topic-partition.
  NOT_LEADER_OR_FOLLOWER: CUT, // For requests intended only for the leader, this error indicates that the broker is not the current leader.
  LEADER_NOT_AVAILABLE: CUT, // There is no leader for this topic-partition as we are in the middle of a leadership election.
  FENCED_LEADER_EPOCH: CUT, // The leader epoch in the request is older than the epoch on the broker.
  UNKNOWN_LEADER_EPOCH: CUT, // The leader epoch in the request is newer than the epoch on the broker.
  OFFSET_NOT_AVAILABLE: CUT, // The leader high watermark has not caught up from a recent leader election so the offsets cannot be guaranteed to be monotonically increasing.
  REPLICA_NOT_AVAILABLE: CUT, // The replica is not available for the requested topic-partition.
  KAFKA_STORAGE_ERROR: CUT, // Disk error when trying to access log file on the disk.
  NOT_COORDINATOR: CUT, // This is not the correct coordinator.
  COORDINATOR_NOT_AVAILABLE: CUT, // The coordinator is not available.
  COORDINATOR_LOAD_IN_PROGRESS: BUSY, // The coordinator is loading and hence can't process requests.
  REBALANCE_IN_PROGRESS: BUSY, // The group is rebalancing, so a rejoin is needed.
};

/** The clients' own errors carry no code of the broker. */
const BY_MESSAGE: [RegExp, Meaning][] = [
  [/^Unknown topic /, MISSING], // Unknown topic user_events.
  [/^SASL .*authentication failed/, LOGIN], // SASL PLAIN authentication failed: Authentication failed: Invalid username or password
  [/timed out|^The operation was aborted due to timeout/, REACH], // Connection to 10.0.0.7:9096 timed out.
  [/^Connection (closed|error)|^Closed connection/, CUT], // Connection closed
];

export function classify(error: unknown, dataset: string): PipelineError {
  return nameError(error, dataset, 'Kafka', byCode, byMessage);
}

/** `apiId` is the broker's code as one client names it, `type` as the other does. */
function byCode(part: Part): Meaning | undefined {
  return BY_CODE[part.apiId ?? part.type ?? String(part.code)];
}

const byMessage = ({ message = '' }: Part) => BY_MESSAGE.find(([pattern]) => pattern.test(message))?.[1];
