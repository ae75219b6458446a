/** A connection to PostgreSQL: TLS verified, text forms that do not depend on the server's settings, credentials from the secret. */
import pg from 'pg';
import { readSecret } from '../../secrets.ts';
import { PostgresSecret } from './secret.ts';

/** The text forms that docs/reference/shapes.md promises of the landing. */
const TEXT_FORMS = '-c timezone=UTC -c datestyle=ISO -c intervalstyle=postgres -c extra_float_digits=1 -c bytea_output=hex';

/** `replication`: it may ask for the log, too. */
export async function connect(purpose: string, replication?: 'database'): Promise<pg.Client> {
  const { host, port, database, username, password, ca } = await readSecret('etl/postgres', PostgresSecret);
  const client = new pg.Client({
    host,
    port,
    database,
    user: username,
    password,
    ssl: { ca, rejectUnauthorized: true },
    application_name: `etl ${purpose}`.slice(0, 63),
    options: TEXT_FORMS,
    ...(replication && { replication }),
    connectionTimeoutMillis: 10_000,
    // A source that is held by a lock must not hold the pipeline: 30 s, then the chunk is tried again.
    lock_timeout: 30_000,
    keepAlive: true,
  });
  // A connection that breaks while idle is told by the next query; without a listener it would end the process.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

export async function withConnection<T>(purpose: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = await connect(purpose);
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}
