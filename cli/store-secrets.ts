/** Puts the credentials of sources into Secrets Manager, where functions alone read them. */
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SourceKind } from '../config/names.ts';
import type { Stage } from './stage.ts';

export async function storeSecret({ names }: Stage, kind: SourceKind, value: object): Promise<void> {
  await new SecretsManagerClient({}).send(
    new PutSecretValueCommand({ SecretId: names.secrets[kind], SecretString: JSON.stringify(value) }),
  );
}

/** The laptop's own sources: the credentials that its servers were started with. */
export async function storeLaptopSecrets(stage: Stage): Promise<void> {
  const { postgres, kafka, snowflake } = stage.environment ?? {};
  if (postgres) await storeSecret(stage, 'postgres', postgres.secret);
  if (kafka) await storeSecret(stage, 'kafka', kafka.secret);
  if (snowflake) await storeSecret(stage, 'snowflake', snowflake.secret);
}
