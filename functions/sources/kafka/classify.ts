/** Kafka's errors by name: the broker's own codes, the system's where no broker answered, whichever client met them. */
import {
  CertificateRejected,
  CredentialRejected,
  type Failure,
  PermissionDenied,
  PipelineError,
  SourceBusy,
  SourceFailed,
  SourceInterrupted,
  SourceUnreachable,
  TableMissing,
} from '../../errors.ts';

type Named = new (failure: Failure) => PipelineError;
interface Meaning {
  error: Named;
  expected: string;
  remedy: string;
}

const REACH: Meaning = {
  error: SourceUnreachable,
  expected: 'a broker of Kafka to answer',
  remedy: 'check brokers in the secret etl/kafka, the security groups and the route from the VPC',
};
const CUT: Meaning = {
  error: SourceInterrupted,
  expected: 'the connection and the leader of the partition to last',
  remedy: 'nothing: it is tried again; if it stays so, look at the state of the cluster',
};
const BUSY: Meaning = {
  error: SourceBusy,
  expected: 'the group or the broker to be free',
  remedy: 'nothing: it is tried again; if it stays so, see who else uses the group etl-<dataset>',
};
const LOGIN: Meaning = {
  error: CredentialRejected,
  expected: 'Kafka to accept mechanism, user and password of the secret etl/kafka',
  remedy: 'npx etl secrets set kafka',
};
const TLS: Meaning = {
  error: CertificateRejected,
  expected: "a broker's certificate for its host, issued by the secret's ca",
  remedy: 'put the right brokers and ca into the secret: npx etl secrets set kafka',
};
const MISSING: Meaning = {
  error: TableMissing,
  expected: 'the topic of the contract',
  remedy: 'create the topic, or correct physicalName in the contract',
};

const BY_CODE: Record<string, Meaning> = {
  SASL_AUTHENTICATION_FAILED: LOGIN, // Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512
  UNSUPPORTED_SASL_MECHANISM: LOGIN, // The broker does not support the requested SASL mechanism.
  // A broker says the same of a topic that is not there and of one that may not be seen.
  TOPIC_AUTHORIZATION_FAILED: {
    error: PermissionDenied,
    expected: 'a topic of that name with DESCRIBE and READ on it',
    remedy: 'create the topic, or allow the user of the secret etl/kafka DESCRIBE and READ on it',
  }, // Topic authorization failed.
  GROUP_AUTHORIZATION_FAILED: {
    error: PermissionDenied,
    expected: 'READ on the consumer group etl-<dataset>',
    remedy: 'allow the user of the secret etl/kafka READ on groups that begin with etl-',
  }, // Group authorization failed.
  UNKNOWN_TOPIC_OR_PARTITION: MISSING, // This server does not host this topic-partition.
  NOT_LEADER_OR_FOLLOWER: CUT, // For requests intended only for the leader, this error indicates that the broker is not the current leader.
  LEADER_NOT_AVAILABLE: CUT, // There is no leader for this topic-partition as we are in the middle of a leadership election.
  FENCED_LEADER_EPOCH: CUT, // The leader epoch in the request is older than the epoch on the broker.
  KAFKA_STORAGE_ERROR: CUT, // Disk error when trying to access log file on the disk.
  NOT_COORDINATOR: CUT, // This is not the correct coordinator.
  COORDINATOR_NOT_AVAILABLE: CUT, // The coordinator is not available.
  COORDINATOR_LOAD_IN_PROGRESS: BUSY, // The coordinator is loading and hence can't process requests.
  REBALANCE_IN_PROGRESS: BUSY, // The group is rebalancing, so a rejoin is needed.
  ECONNREFUSED: REACH,
  ENOTFOUND: REACH,
  EHOSTUNREACH: REACH,
  ENETUNREACH: REACH,
  ETIMEDOUT: REACH,
  EAI_AGAIN: REACH,
  ECONNRESET: CUT,
  EPIPE: CUT,
  SELF_SIGNED_CERT_IN_CHAIN: TLS,
  DEPTH_ZERO_SELF_SIGNED_CERT: TLS,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: TLS,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: TLS,
  CERT_HAS_EXPIRED: TLS,
  ERR_TLS_CERT_ALTNAME_INVALID: TLS,
};

/** The clients' own errors carry no code of the broker. */
const BY_MESSAGE: [RegExp, Meaning][] = [
  [/^Unknown topic /, MISSING], // Unknown topic user-events.
  [/^SASL .*authentication failed/, LOGIN], // SASL PLAIN authentication failed: Authentication failed: Invalid username or password
  [/timed out|^The operation was aborted due to timeout/, REACH], // Connection to 10.0.0.7:9096 timed out.
  [/^Connection (closed|error)|^Closed connection/, CUT], // Connection closed
];

interface Found {
  meaning: Meaning;
  found: string;
}

export function classify(error: unknown, dataset: string): PipelineError {
  if (error instanceof PipelineError) return error;
  const parts = [...partsOf(error)];
  const known = firstMeaning(parts, byCode) ?? firstMeaning(parts, byMessage);
  if (known) {
    const { meaning, found } = known;
    return new meaning.error({ dataset, expected: meaning.expected, found, remedy: meaning.remedy, cause: error });
  }
  return new SourceFailed({
    dataset,
    expected: 'an answer from Kafka',
    found: textOf(parts.at(-1) ?? { message: String(error) }),
    remedy: 'see docs/runbook.md; an error that is not known is not tried again',
    cause: error,
  });
}

interface Part {
  apiId?: string;
  type?: string;
  code?: string | number;
  message?: string;
  serverErrorMessage?: string | null;
}

/** An error with all that it wraps, outermost first: several brokers' errors at once, each with a cause of its own. */
function* partsOf(error: unknown): Generator<Part> {
  if (typeof error !== 'object' || error === null) return;
  yield error as Part;
  const { errors, cause } = error as { errors?: unknown[]; cause?: unknown };
  for (const inner of errors ?? []) yield* partsOf(inner);
  yield* partsOf(cause);
}

function firstMeaning(parts: Part[], meaningOf: (part: Part) => Meaning | undefined): Found | undefined {
  for (const part of parts) {
    const meaning = meaningOf(part);
    if (meaning) return { meaning, found: textOf(part) };
  }
  return undefined;
}

const byCode = ({ apiId, type, code }: Part) => BY_CODE[apiId ?? type ?? String(code)];
const byMessage = ({ message = '' }: Part) => BY_MESSAGE.find(([pattern]) => pattern.test(message))?.[1];
const textOf = ({ apiId, type, code, message, serverErrorMessage }: Part) =>
  `${apiId ?? type ?? code ?? ''} ${serverErrorMessage ?? message ?? ''}`.trim();
