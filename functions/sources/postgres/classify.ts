/** PostgreSQL's errors by name: SQLSTATE where the server answered, the system's code where it did not. */
import {
  ColumnMissing,
  ContractInvalid,
  CredentialRejected,
  LogUnavailable,
  PermissionDenied,
  type PipelineError,
  SlotLost,
  SourceBusy,
  TableMissing,
} from '../../errors.ts';
import { type Meaning, nameError, networkMeanings, type Part } from '../meaning.ts';

const { reach: REACH, cut: CUT, tls: TLS, ...NETWORK } = networkMeanings('PostgreSQL', 'postgres', "the secret's ca");
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

const CONDITION: Meaning = {
  error: ContractInvalid,
  expected: 'the rowFilter of the contract to be a condition over the columns of the table',
  remedy: 'correct rowFilter in the contract, then npx etl deploy',
};

const BY_CODE: Record<string, Meaning> = {
  ...NETWORK,
  '28P01': LOGIN, // password authentication failed for user "etl_reader"
  '28000': LOGIN, // no pg_hba.conf entry for host "10.0.0.7", user "etl_reader", database "app", no encryption
  '3D000': { error: CredentialRejected, expected: 'the database of the secret etl/postgres', remedy: 'npx etl secrets set postgres' }, // database "ap" does not exist
  '42P01': { error: TableMissing, expected: 'the table of the contract', remedy: 'create it, or correct physicalName in the contract' }, // relation "public.user" does not exist
  '3F000': { error: TableMissing, expected: 'the schema of the contract', remedy: 'create it, or correct physicalName in the contract' }, // schema "app" does not exist
  '42703': { error: ColumnMissing, expected: 'the columns of the contract', remedy: 'put the column back, or take it out of the contract' }, // column "phone" does not exist
  '42501': {
    error: PermissionDenied,
    expected: 'SELECT on the table',
    remedy: 'GRANT SELECT ON the table TO the read role; to read the log ALTER ROLE … REPLICATION',
  }, // permission denied for table users
  '42601': CONDITION, // syntax error at or near "country"
  '42804': CONDITION, // argument of AND must be type boolean, not type text
  '42883': CONDITION, // operator does not exist: bigint = text
  '53300': BUSY, // sorry, too many clients already
  '53200': BUSY, // out of memory
  '55P03': BUSY, // canceling statement due to lock timeout
  '55006': BUSY, // replication slot "etl_production_users_m1x2" is active for PID 1234
  '40001': BUSY, // canceling statement due to conflict with recovery
  '57014': BUSY, // canceling statement due to statement timeout
  '25P03': CUT, // terminating connection due to idle-in-transaction timeout
  '57P01': CUT, // terminating connection due to administrator command
  '57P02': CUT, // terminating connection because of crash of another server process
  '57P03': CUT, // the database system is starting up
  '08006': CUT, // connection failure
};

const LOST: Meaning = {
  error: SlotLost,
  expected: 'the replication slot with the log since the last commit',
  remedy: 'read the table whole once more, with a new slot: npx etl run --dataset <dataset> --mode full --wait',
};
const UNPUBLISHED: Meaning = {
  error: LogUnavailable,
  expected: 'the publication of the table, from before the changes that are to be read',
  remedy: 'see docs/reference/postgres-log.md',
};

/** pg's own errors carry no code, and some codes of the server say less than its words. */
const BY_MESSAGE: [RegExp, Meaning][] = [
  [/^Connection terminated|^Client has encountered a connection error/, CUT], // Connection terminated unexpectedly
  [/timeout expired|^Connection terminated due to connection timeout/, REACH], // timeout exceeded when trying to connect
  [/replication slot .* does not exist/, LOST], // replication slot "etl_production_users_m1x2" does not exist
  [/can(not| no longer) .*replication slot|requested WAL segment .* already been removed/, LOST], // can no longer access replication slot "…"
  [/^publication .* does not exist/, UNPUBLISHED], // publication "etl_users" does not exist
  [/does not support SSL connections/, TLS], // The server does not support SSL connections
];

export function classify(error: unknown, dataset: string): PipelineError {
  return nameError(error, dataset, 'PostgreSQL', byCode, byMessage);
}

const byCode = ({ code }: Part) => BY_CODE[String(code)];
const byMessage = ({ message = '' }: Part) => BY_MESSAGE.find(([pattern]) => pattern.test(message))?.[1];
