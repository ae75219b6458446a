/** A connection to PostgreSQL: TLS verified, text forms that do not depend on the server's settings, credentials from the secret. */
import pg from 'pg';
import { readSecret } from '../../secrets.ts';
import type { PlanRequest } from '../source.ts';
import { PostgresSecret } from './secret.ts';
import { postgresSettings } from './settings.ts';

/** The text forms that docs/reference/shapes.md promises of the landing. */
const TEXT_FORMS = '-c timezone=UTC -c datestyle=ISO -c intervalstyle=postgres -c extra_float_digits=1 -c bytea_output=hex';

/** Of a function that froze or was cut off in the middle of its work: an open snapshot keeps the server from cleaning up. */
const IDLE_IN_TRANSACTION_MS = 60_000;

export interface Address {
  host: string;
  port: number;
}

export interface How {
  /** Another server of the same database: a replica. */
  elsewhere?: Address;
  /** It may ask for the log, too. */
  replication?: 'database';
  /** How long a statement may take, where the stage lets it take longer. */
  statementSeconds?: number;
}

/** `purpose` is what pg_stat_activity says of the session. */
export async function connect(
  purpose: string,
  { elsewhere, replication, statementSeconds = Number.POSITIVE_INFINITY }: How = {},
): Promise<pg.Client> {
  const { database, username, password, ca, ...primary } = await readSecret('etl/postgres', PostgresSecret);
  const { lockTimeoutSeconds, statementTimeoutSeconds } = postgresSettings();
  const client = new pg.Client({
    ...(elsewhere ?? primary),
    database,
    user: username,
    password,
    ssl: { ca, rejectUnauthorized: true },
    application_name: `etl ${purpose}`.slice(0, 63),
    options: TEXT_FORMS,
    ...(replication && { replication }),
    connectionTimeoutMillis: 10_000,
    lock_timeout: lockTimeoutSeconds * 1000,
    statement_timeout: Math.min(statementTimeoutSeconds, statementSeconds) * 1000,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    keepAlive: true,
  });
  // A connection that breaks while idle is told by the next query; without a listener it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

export async function withConnection<T>(purpose: string, use: (client: pg.Client) => Promise<T>, how?: How): Promise<T> {
  const client = await connect(purpose, how);
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** As long as the function that plans waits: the server goes on with the statement of a client that is gone. */
const PLAN_SECONDS = 240;

/** The connection ends with the signal, and with it whatever the plan still asks or would ask. */
export function withPlanConnection<T>({ contract, signal }: PlanRequest, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const endingBySignal = (client: pg.Client) => {
    signal?.throwIfAborted();
    signal?.addEventListener('abort', () => client.end(), { once: true });
    return use(client);
  };
  return withConnection(`plan ${contract.dataset}`, endingBySignal, { statementSeconds: PLAN_SECONDS });
}
