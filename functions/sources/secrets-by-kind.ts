/** What the secret of each kind of source holds. */
import { PostgresSecret } from './postgres/secret.ts';

export const SECRETS = { postgres: PostgresSecret };
