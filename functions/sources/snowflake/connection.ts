/** A connection to Snowflake whose session is renewed when it ends; rows as arrays of text. */
import type { Readable } from 'node:stream';
import type { Connection, QueryStatus, RowStatement } from 'snowflake-sdk';
import { readSecret } from '../../secrets.ts';
import { type Asking, logIn } from './login.ts';
import { SnowflakeSecret } from './secret.ts';

export interface SnowflakeConnection {
  database: string;
  schema: string;
  /** By which Snowflake may write into landing itself. */
  integration: string | undefined;
  /** What has more rows is worth it; undefined: more than a chunk has. */
  unloadRows: number | undefined;
  /** All rows at once: for questions of a few rows. */
  query(sql: string): Promise<unknown[][]>;
  stream(sql: string, signal: AbortSignal): Promise<{ rows: Readable; count: number }>;
  /** Starts a statement and says its id; asked again by the same request (a UUID), Snowflake says the same one and starts nothing. */
  submit(sql: string, request: string): Promise<string>;
  /** How a statement that was submitted, here or by another connection, has ended; undefined while it goes on. */
  outcome(query: string): Promise<Outcome | undefined>;
  close(): Promise<void>;
}

/** `error`: what the server says that the statement failed by. */
export type Outcome = { rows: unknown[][] } | { error: unknown };

export async function connect(asking: Asking): Promise<SnowflakeConnection> {
  const secret = await readSecret('etl/snowflake', SnowflakeSecret);
  let session = await logIn(secret, asking);
  /** A token lasts for minutes, a plan or an unload may not: the work is done anew in a new session, by the secret as it is then. */
  const renewing = async <T>(work: (connection: Connection) => Promise<T>): Promise<T> => {
    try {
      return await work(session);
    } catch (error) {
      if (!hasEnded(error)) throw error;
      session = await logIn(await readSecret('etl/snowflake', SnowflakeSecret), asking);
      return work(session);
    }
  };
  return {
    database: secret.database,
    schema: secret.schema,
    integration: secret.integration,
    unloadRows: secret.unloadRows,
    query: (sql) => renewing(async (connection) => (await executed(connection, sql, false, asking.signal)).rows),
    stream: (sql, signal) =>
      renewing(async (connection) => {
        const { statement } = await executed(connection, sql, true, signal);
        const rows = statement.streamRows();
        signal.addEventListener('abort', () => rows.destroy(signal.reason), { once: true });
        return { rows, count: statement.getNumRows() };
      }),
    submit: (sql, request) => renewing((connection) => submitted(connection, sql, request)),
    outcome: (query) => renewing((connection) => outcomeOf(connection, query)),
    close: () => closed(session),
  };
}

/** OAuth access token expired; session token not found; session expired; master token expired. */
const ENDED = ['390318', '390104', '390112', '390114'];

const hasEnded = (error: unknown) => ENDED.includes(String((error as { code?: unknown }).code));

function executed(
  connection: Connection,
  sqlText: string,
  streamResult: boolean,
  signal?: AbortSignal,
): Promise<{ statement: RowStatement; rows: unknown[][] }> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const statement = connection.execute({
      sqlText,
      streamResult,
      // What is cancelled may answer so before the cancellation itself is answered.
      complete: (error, done, rows) =>
        error ? reject(signal?.aborted ? signal.reason : error) : resolve({ statement: done as RowStatement, rows: rows ?? [] }),
    });
    signal?.addEventListener('abort', () => statement.cancel(() => reject(signal.reason)), { once: true });
  });
}

/** An unload that takes an hour is one that nobody waits for: Snowflake's own limit is two days. */
const STATEMENT_SECONDS = 3_600;

function submitted(connection: Connection, sqlText: string, requestId: string): Promise<string> {
  return new Promise((resolve, reject) => {
    connection.execute({
      sqlText,
      requestId,
      asyncExec: true,
      parameters: { STATEMENT_TIMEOUT_IN_SECONDS: STATEMENT_SECONDS },
      complete: (error, statement) => (error ? reject(error) : resolve(statement.getQueryId())),
    });
  });
}

/** The status alone says nothing of why a statement failed: its result does, by the server's code. */
async function outcomeOf(connection: Connection, queryId: string): Promise<Outcome | undefined> {
  const status = await connection.getQueryStatus(queryId);
  if (connection.isStillRunning(status as QueryStatus)) return undefined;
  return new Promise((resolve, reject) => {
    connection.fetchResult({
      queryId,
      complete: (error, _statement, rows) => {
        if (!error) resolve({ rows: rows ?? [] });
        else if (error.name === 'OperationFailedError' && !hasEnded(error)) resolve({ error });
        else reject(error);
      },
    });
  });
}

/** A session that cannot be closed ends by itself; the work on it is over. */
function closed(connection: Connection): Promise<void> {
  return new Promise((resolve) => connection.destroy(() => resolve()));
}
