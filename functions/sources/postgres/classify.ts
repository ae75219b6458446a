/** PostgreSQL's errors by name: SQLSTATE where the server answered, the system's code where it did not. */
import {
  CertificateRejected,
  ColumnMissing,
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
  expected: 'PostgreSQL to answer',
  remedy: 'check host and port in the secret etl/postgres, the security groups and the route from the VPC',
};
const CUT: Meaning = {
  error: SourceInterrupted,
  expected: 'the connection to last',
  remedy: 'nothing: it is tried again; if it stays so, see whether the server restarts',
};
const BUSY: Meaning = {
  error: SourceBusy,
  expected: 'PostgreSQL to have room for the query',
  remedy: 'nothing: it is tried again; if it stays so, lower the concurrency of postgres in config/',
};
const LOGIN: Meaning = {
  error: CredentialRejected,
  expected: 'PostgreSQL to accept the user and password of the secret etl/postgres',
  remedy: 'npx etl secrets set postgres',
};
const TLS: Meaning = {
  error: CertificateRejected,
  expected: "a server certificate for the host, issued by the secret's ca",
  remedy: 'put the right host and ca into the secret: npx etl secrets set postgres',
};

const BY_CODE: Record<string, Meaning> = {
  '28P01': LOGIN, // password authentication failed for user "etl_reader"
  '28000': LOGIN, // no pg_hba.conf entry for host "10.0.0.7", user "etl_reader", database "app", no encryption
  '3D000': { error: CredentialRejected, expected: 'the database of the secret etl/postgres', remedy: 'npx etl secrets set postgres' }, // database "ap" does not exist
  '42P01': { error: TableMissing, expected: 'the table of the contract', remedy: 'create it, or correct physicalName in the contract' }, // relation "public.user" does not exist
  '3F000': { error: TableMissing, expected: 'the schema of the contract', remedy: 'create it, or correct physicalName in the contract' }, // schema "app" does not exist
  '42703': { error: ColumnMissing, expected: 'the columns of the contract', remedy: 'put the column back, or take it out of the contract' }, // column "phone" does not exist
  '42501': { error: PermissionDenied, expected: 'SELECT on the table', remedy: 'GRANT SELECT ON the table TO the read role' }, // permission denied for table users
  '53300': BUSY, // sorry, too many clients already
  '53200': BUSY, // out of memory
  '55P03': BUSY, // canceling statement due to lock timeout
  '40001': BUSY, // canceling statement due to conflict with recovery
  '57014': BUSY, // canceling statement due to statement timeout
  '57P01': CUT, // terminating connection due to administrator command
  '57P02': CUT, // terminating connection because of crash of another server process
  '57P03': CUT, // the database system is starting up
  '08006': CUT, // connection failure
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

/** pg's own errors carry no code. */
const BY_MESSAGE: [RegExp, Meaning][] = [
  [/^Connection terminated|^Client has encountered a connection error/, CUT], // Connection terminated unexpectedly
  [/timeout expired|^Connection terminated due to connection timeout/, REACH], // timeout exceeded when trying to connect
  [/does not support SSL connections/, TLS], // The server does not support SSL connections
];

export function classify(error: unknown, dataset: string): PipelineError {
  if (error instanceof PipelineError) return error;
  const { code = '', message = String(error) } = error as { code?: string; message?: string };
  const meaning = BY_CODE[code] ?? BY_MESSAGE.find(([pattern]) => pattern.test(message))?.[1];
  const found = `${code} ${message}`.trim();
  if (meaning) return new meaning.error({ dataset, expected: meaning.expected, found, remedy: meaning.remedy, cause: error });
  return new SourceFailed({
    dataset,
    expected: 'an answer from PostgreSQL',
    found,
    remedy: 'see docs/runbook.md; an error that is not known is not tried again',
    cause: error,
  });
}
