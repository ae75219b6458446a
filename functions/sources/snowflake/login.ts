/** Logs in to Snowflake: by the OAuth client of the secret, or, where it has none, by the function's own identity at AWS; role, warehouse and query tag. */
import type { Connection, ConnectionOptions } from 'snowflake-sdk';
import { SourceUnreachable } from '../../errors.ts';
import type { SnowflakeSecret } from './secret.ts';

/** Whose queries they are: each carries it as its tag. */
export interface Asking {
  dataset: string;
  run?: string | undefined;
  /** Cancels a query that goes on. */
  signal?: AbortSignal | undefined;
}

/** The driver's own default is to try a login for 300 s; the state machine tries again by the error's name. */
const LOGIN_MS = 30_000;

export async function logIn(secret: SnowflakeSecret, { dataset, run }: Asking): Promise<Connection> {
  const connection = (await driver()).createConnection({
    account: secret.account,
    accessUrl: secret.accessUrl,
    ...identityOf(secret),
    role: secret.role,
    warehouse: secret.warehouse,
    database: secret.database,
    schema: secret.schema,
    queryTag: JSON.stringify({ pipeline: 'etl', dataset, run }),
    rowMode: 'array',
    sfRetryMaxLoginRetries: 1,
  });
  await withinLoginTime(loggedIn(connection), dataset);
  return connection;
}

/** Without a client, Snowflake asks AWS who signed a request of ours: nothing is stored that could be stolen. */
function identityOf({ clientId, clientSecret, tokenUrl, scope }: SnowflakeSecret): Partial<ConnectionOptions> {
  if (clientId === undefined) return { authenticator: 'WORKLOAD_IDENTITY', workloadIdentityProvider: 'AWS' };
  return {
    authenticator: 'OAUTH_CLIENT_CREDENTIALS',
    oauthClientId: clientId,
    oauthClientSecret: clientSecret,
    oauthTokenRequestUrl: tokenUrl,
    oauthScope: scope,
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
