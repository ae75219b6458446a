/** Snowflake's errors by name: the server's code where it answered, the token endpoint's, the driver's and the system's where it did not. */
import {
  ColumnMissing,
  CredentialRejected,
  PermissionDenied,
  type PipelineError,
  PointInTimeExpired,
  SourceBusy,
  TableMissing,
} from '../../errors.ts';
import { type Meaning, nameError, networkMeanings, type Part } from '../meaning.ts';

const { reach: REACH, cut: CUT, ...NETWORK } = networkMeanings('Snowflake', 'snowflake', 'an authority that the function trusts');
const LOGIN: Meaning = {
  error: CredentialRejected,
  expected: 'Snowflake to accept clientId, clientSecret and scope of the secret etl/snowflake at its tokenUrl',
  remedy: 'npx etl secrets set snowflake',
};
const IDENTITY: Meaning = {
  error: CredentialRejected,
  expected: "Snowflake to have a user for the identity of the function's role",
  remedy: 'CREATE USER … WORKLOAD_IDENTITY = (TYPE = AWS ARN = …) in Snowflake, as docs/reference/snowflake.md says',
};
const ROLE: Meaning = {
  error: PermissionDenied,
  expected: 'the role of the secret etl/snowflake to be granted to its client and allowed by its scope',
  remedy: 'GRANT ROLE … TO USER … in Snowflake, or correct role and scope: npx etl secrets set snowflake',
};
const USAGE: Meaning = {
  error: PermissionDenied,
  expected: 'the warehouse, database and schema of the secret etl/snowflake, with USAGE on each for its role, and a warehouse that resumes',
  remedy:
    'GRANT USAGE ON WAREHOUSE, DATABASE and SCHEMA to the role, or correct the names: npx etl secrets set snowflake; where the warehouse is suspended: ALTER WAREHOUSE … SET AUTO_RESUME = TRUE',
};
const SELECT: Meaning = {
  error: PermissionDenied,
  expected: 'SELECT on the table of the contract',
  remedy: 'GRANT SELECT ON the table TO the role of the secret etl/snowflake',
};
const POLICY: Meaning = {
  error: PermissionDenied,
  expected: 'the network policy of Snowflake to let the pipeline in',
  remedy: "allow the fixed address of the VPC's NAT in the network policy",
};
const TABLE: Meaning = {
  error: TableMissing,
  expected: 'the table of the contract',
  remedy: 'create it, grant SELECT on it to the role of the secret etl/snowflake, or correct physicalName in the contract',
};
const COLUMN: Meaning = {
  error: ColumnMissing,
  expected: 'the columns that the plan found',
  remedy: 'put the column back; the batch that is open reads it',
};
const EXPIRED: Meaning = {
  error: PointInTimeExpired,
  expected: 'the table as it was when the batch was planned',
  remedy: 'raise DATA_RETENTION_TIME_IN_DAYS of the table above the time that a batch may stay open',
};
const BUSY: Meaning = {
  error: SourceBusy,
  expected: 'the warehouse to end the query in its time',
  remedy: 'nothing: it is tried again; if it stays so, take a larger warehouse or lower chunkRows in the contract',
};

const INTEGRATION: Meaning = {
  error: PermissionDenied,
  expected: 'the storage integration of the secret etl/snowflake to write into landing',
  remedy: 'docs/reference/snowflake.md says what it needs; or take integration out of the secret: npx etl secrets set snowflake',
};

const BY_CODE: Record<string, Meaning> = {
  ...NETWORK,
  '390303': LOGIN, // Invalid OAuth access token.
  '394701': IDENTITY, // Authentication with workload identity failed.
  '390100': LOGIN, // Incorrect username or password was specified.
  '390317': ROLE, // The role requested in the connection is not listed in the Access Token. Please contact the administrator.
  '390189': ROLE, // Role 'NOPE' specified in the connect string does not exist or not authorized.
  '390422': POLICY, // Incoming request with IP/Token 203.0.113.7 is not allowed to access Snowflake.
  // A new session gets a new token.
  '390318': CUT, // OAuth access token expired.
  '390104': CUT, // Session token not found or no longer valid: log in again.
  '390112': CUT, // Your session has expired. Please login again.
  '002003': TABLE, // SQL compilation error: Table 'NOPE' does not exist or not authorized.
  '000904': COLUMN, // SQL compilation error: invalid identifier 'NOPE'
  '003001': SELECT, // SQL access control error: Insufficient privileges to operate on table 'CUSTOMER_ORDERS'.
  '000606': USAGE, // No active warehouse selected in the current session.
  '090105': USAGE, // Cannot perform SELECT. This session does not have a current database.
  '000707': EXPIRED, // Time travel data is not available for table CUSTOMER_ORDERS.
  '000604': BUSY, // SQL execution canceled
  '000630': BUSY, // Statement reached its statement or warehouse timeout of 172,800 second(s) and was canceled.
  // The token endpoint's refusals, as the driver's HTTP client calls them.
  ERR_BAD_REQUEST: LOGIN, // Request failed with status code 400
  ERR_BAD_RESPONSE: CUT, // Request failed with status code 503
  ECONNABORTED: REACH, // timeout of 90000ms exceeded
  '402001': CUT, // Network error. Could not reach S3/Blob.
  '402002': CUT, // Request to S3/Blob failed.
  '407002': CUT, // Unable to perform operation using terminated connection.
};

/** The driver wraps what the system said: that is looked for before the driver's own code. */
export function classify(error: unknown, dataset: string): PipelineError {
  return nameError(error, dataset, 'Snowflake', byMessage, byCode, byDriver);
}

/** What several causes share a code for, and what has none that is written down. */
const BY_MESSAGE: [RegExp, Meaning][] = [
  [/Integration '.+' does not exist or not authorized/i, INTEGRATION],
  // Change tracking is not enabled or has been missing for the time range requested on table 'CUSTOMER_ORDERS'.
  [/Change tracking is not enabled or has been missing/i, EXPIRED],
  // Failure using stage area. Cause: [Access Denied (Status Code: 403; Error Code: AccessDenied)]
  [/Failure using stage area|Error assuming AWS_ROLE/i, INTEGRATION],
];

const byMessage = ({ message = '' }: Part) => BY_MESSAGE.find(([pattern]) => pattern.test(message))?.[1];
const byCode = ({ code }: Part) => BY_CODE[String(code)];
const byDriver = ({ code }: Part) => (String(code) === '401001' ? REACH : undefined); // Network error. Could not reach Snowflake.
