/** Credentials, from Secrets Manager alone and read anew for each use, so that a rotation takes effect at the next chunk. */
import { GetSecretValueCommand, InvalidRequestException, ResourceNotFoundException } from '@aws-sdk/client-secrets-manager';
import type { z } from 'zod';
import { secretsManager } from './aws/secrets-manager.ts';
import { PermissionDenied, SecretIncomplete, SecretMissing } from './errors.ts';
import { parsedJson } from './parsed-json.ts';

/** @throws SecretMissing, PermissionDenied, SecretIncomplete naming the fields; never a value. */
export async function readSecret<T>(name: string, schema: z.ZodType<T>): Promise<T> {
  const parsed = schema.safeParse(parsedJson(await secretText(name)));
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map((issue) => issue.path.join('.') || 'the whole value');
  throw new SecretIncomplete({
    expected: `the secret ${name} as JSON with all its fields`,
    found: `missing or wrong: ${fields.join(', ')}`,
    remedy: setIt(name),
  });
}

async function secretText(name: string): Promise<string> {
  try {
    const { SecretString } = await secretsManager.send(new GetSecretValueCommand({ SecretId: name }));
    return SecretString ?? '';
  } catch (cause) {
    const expected = `a secret named ${name}`;
    if (cause instanceof ResourceNotFoundException) throw new SecretMissing({ expected, found: 'none', remedy: setIt(name), cause });
    if (cause instanceof Error && cause.name === 'AccessDeniedException') {
      throw new PermissionDenied({
        expected: `the function's role to read the secret ${name} and to use its key`,
        found: 'a refusal',
        remedy: 'deploy again; if it stays so, look for a policy of the secret, the key or the organisation that denies it',
        cause,
      });
    }
    // Of a secret that waits for its deletion Secrets Manager says no more than that the request is not valid.
    if (!(cause instanceof InvalidRequestException)) throw cause;
    throw new SecretMissing({
      expected,
      found: 'one that is marked for deletion',
      remedy: `restore it: aws secretsmanager restore-secret --secret-id ${name}`,
      cause,
    });
  }
}

function setIt(name: string): string {
  return `npx etl secrets set ${name.replace(/^etl\//, '')}`;
}
