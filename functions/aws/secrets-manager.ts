/** The client of Secrets Manager, one a process: credentials and region come from the function's environment. */
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

export const secretsManager = new SecretsManagerClient({});
