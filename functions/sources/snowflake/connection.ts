/** A connection to Snowflake: OAuth client credentials from the secret, role, warehouse and query tag; rows as arrays of text. */
import type { Readable } from 'node:stream';
import type { Connection, RowStatement } from 'snowflake-sdk';
import { SourceUnreachable } from '../../errors.ts';
import { readSecret } from '../../secrets.ts';
import { SnowflakeSecret } from './secret.ts';

export interface SnowflakeConnection {
  database: string;
  schema: string;
  /** All rows at once: for questions of a few rows. */
  query(sql: string): Promise<unknown[][]>;
  stream(sql: string, signal: AbortSignal): Promise<{ rows: Readable; count: number }>;
  close(): Promise<void>;
}

/** The driver's own default is to try a login for 300 s; the state machine tries again by the error's name. */
const LOGIN_MS = 30_000;

export async function connect(dataset: string): Promise<SnowflakeConnection> {
  const secret = await readSecret('etl/snowflake', SnowflakeSecret);
  const connection = (await driver()).createConnection({
    account: secret.account,
    accessUrl: secret.accessUrl,
    authenticator: 'OAUTH_CLIENT_CREDENTIALS',
    oauthClientId: secret.clientId,
    oauthClientSecret: secret.clientSecret,
    oauthTokenRequestUrl: secret.tokenUrl,
    oauthScope: secret.scope,
    role: secret.role,
    warehouse: secret.warehouse,
    database: secret.database,
    schema: secret.schema,
    queryTag: `etl ${dataset}`,
    rowMode: 'array',
    sfRetryMaxLoginRetries: 1,
  });
  await withinLoginTime(loggedIn(connection), dataset);
  return {
    database: secret.database,
    schema: secret.schema,
    query: async (sql) => (await executed(connection, sql, false)).rows,
    stream: async (sql, signal) => {
      const { statement } = await executed(connection, sql, true, signal);
      const rows = statement.streamRows();
      signal.addEventListener('abort', () => rows.destroy(signal.reason), { once: true });
      return { rows, count: statement.getNumRows() };
    },
    close: () => closed(connection),
  };
}

/**
 * Loaded at its first use: it takes half as long as all other code, and asks each cloud's metadata service which one it runs in, unless told
 * not to. It would also write snowflake.log into the working directory, which a function may not.
 */
async function driver() {
  process.env.SNOWFLAKE_DISABLE_PLATFORM_DETECTION = 'true';
  const { default: snowflake } = await import('snowflake-sdk');
  snowflake.configure({ logLevel: 'OFF', additionalLogToConsole: false });
  return snowflake;
}

/** The promise of `connectAsync` says nothing of a refused login: its callback does. */
function loggedIn(connection: Connection): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.connectAsync((error) => (error ? reject(error) : resolve())).catch(reject);
  });
}

async function withinLoginTime(login: Promise<unknown>, dataset: string): Promise<void> {
  const late = AbortSignal.timeout(LOGIN_MS);
  const { promise, reject } = Promise.withResolvers<never>();
  late.addEventListener('abort', () => reject(late.reason), { once: true });
  await Promise.race([login, promise]).catch((error: unknown) => {
    if (!late.aborted) throw error;
    throw new SourceUnreachable({
      dataset,
      expected: 'Snowflake to let the pipeline in within 30 s',
      found: 'no answer',
      remedy: 'check accessUrl and tokenUrl in the secret etl/snowflake and the way out of the VPC',
      cause: error,
    });
  });
}

function executed(
  connection: Connection,
  sqlText: string,
  streamResult: boolean,
  signal?: AbortSignal,
): Promise<{ statement: RowStatement; rows: unknown[][] }> {
  return new Promise((resolve, reject) => {
    const statement = connection.execute({
      sqlText,
      streamResult,
      complete: (error, done, rows) => (error ? reject(error) : resolve({ statement: done as RowStatement, rows: rows ?? [] })),
    });
    signal?.addEventListener('abort', () => statement.cancel(() => reject(signal.reason)), { once: true });
  });
}

/** A session that cannot be closed ends by itself; the work on it is over. */
function closed(connection: Connection): Promise<void> {
  return new Promise((resolve) => connection.destroy(() => resolve()));
}
