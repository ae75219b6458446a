/** Logs in at the stand-in by the unmodified driver, as the pipeline's reader unless told otherwise; the process must trust its authority. */
import snowflake, { type Connection, type ConnectionOptions } from 'snowflake-sdk';
import type { Environment } from '../../../local/environment.ts';

snowflake.configure({ logLevel: 'OFF' });

export function connect(
  { secret }: Pick<NonNullable<Environment['snowflake']>, 'secret'>,
  change: Partial<ConnectionOptions> = {},
): Promise<Connection> {
  const { clientId, clientSecret, tokenUrl, scope, integration: _, unloadRows: __, ...place } = secret;
  const made = snowflake.createConnection({
    ...place,
    authenticator: 'OAUTH_CLIENT_CREDENTIALS',
    oauthClientId: clientId,
    oauthClientSecret: clientSecret,
    oauthTokenRequestUrl: tokenUrl,
    oauthScope: scope,
    ...change,
  });
  return new Promise((resolve, reject) => made.connect((error) => (error ? reject(error) : resolve(made))));
}
