/** Puts the credentials of sources into Secrets Manager, where functions alone read them. */
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SOURCE_KINDS, type SourceKind } from '../config/sources.ts';
import type { Stage } from './stage.ts';

export async function storeSecret({ names }: Stage, kind: SourceKind, value: object): Promise<void> {
  await new SecretsManagerClient({}).send(
    new PutSecretValueCommand({ SecretId: names.secrets[kind], SecretString: JSON.stringify(value) }),
  );
}

/** The laptop's own sources: the credentials that its servers were started with. */
export async function storeLaptopSecrets(stage: Stage): Promise<void> {
  const servers: Partial<Record<SourceKind, { secret: object }>> = stage.environment ?? {};
  for (const kind of SOURCE_KINDS) {
    const server = servers[kind];
    if (server) await storeSecret(stage, kind, server.secret);
  }
}
