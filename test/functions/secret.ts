/** Puts a secret into the test's own account, whether or not it is there already. */
import { CreateSecretCommand, PutSecretValueCommand, ResourceExistsException } from '@aws-sdk/client-secrets-manager';
import { secretsManager } from '../../functions/aws/secrets-manager.ts';

export async function setSecret(name: string, value: unknown): Promise<void> {
  const SecretString = JSON.stringify(value);
  try {
    await secretsManager.send(new CreateSecretCommand({ Name: name, SecretString }));
  } catch (error) {
    if (!(error instanceof ResourceExistsException)) throw error;
    await secretsManager.send(new PutSecretValueCommand({ SecretId: name, SecretString }));
  }
}
