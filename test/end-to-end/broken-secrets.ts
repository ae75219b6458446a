/** What a person can do wrong with a source's credentials. `storeLaptopSecrets` mends all of it but a deletion. */
import { createServer } from 'node:net';
import { DeleteSecretCommand, RestoreSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Stage } from '../../cli/stage.ts';
import { storeSecret } from '../../cli/store-secrets.ts';
import type { SourceKind } from '../../config/names.ts';

/** Nearly right, as what is mistyped mostly is: it must appear in no message either. */
export const MISTYPED = 'mistyped-5c1e9a07';

export async function mistypePassword(stage: Stage, kind: 'postgres' | 'kafka'): Promise<void> {
  await storeSecret(stage, kind, { ...stage.environment?.[kind]?.secret, password: MISTYPED });
}

/** The address of a port that nobody listens at. */
export async function nameDeadPort(stage: Stage): Promise<void> {
  await storeSecret(stage, 'postgres', { ...stage.environment?.postgres?.secret, port: await deadPort() });
}

function deadPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('expected a port'))));
    });
  });
}

export async function markForDeletion({ names }: Stage, kind: SourceKind): Promise<void> {
  await new SecretsManagerClient({}).send(new DeleteSecretCommand({ SecretId: names.secrets[kind], RecoveryWindowInDays: 7 }));
}

export async function restore({ names }: Stage, kind: SourceKind): Promise<void> {
  await new SecretsManagerClient({}).send(new RestoreSecretCommand({ SecretId: names.secrets[kind] }));
}
