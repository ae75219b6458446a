/** The values that must stand nowhere but in Secrets Manager, each in the forms in which it could slip out. */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Stage } from '../../cli/stage.ts';
import { MISTYPED } from './broken-secrets.ts';

/** By a name that may be shown. */
export async function secretValues(stage: Stage): Promise<Map<string, string>> {
  const { postgres, kafka, snowflake } = stage.environment ?? {};
  const values = new Map([['a mistyped password', MISTYPED]]);
  const add = (name: string, user: string | undefined, password: string | undefined) => {
    if (!user || !password) throw new Error(`expected ${name} to be up; found no credentials of it`);
    values.set(`password of ${name}`, password);
    values.set(`password of ${name} in base64`, base64(password));
    values.set(`login of ${name} in base64`, base64(`${user}:${password}`));
  };
  add('postgres', postgres?.secret.username, postgres?.secret.password);
  add('the owner of postgres', postgres?.admin.username, postgres?.admin.password);
  add('kafka', kafka?.secret.username, kafka?.secret.password);
  add('the owner of kafka', kafka?.admin.username, kafka?.admin.password);
  add('snowflake', snowflake?.secret.clientId, snowflake?.secret.clientSecret);
  add('the loader of snowflake', snowflake?.admin.clientId, snowflake?.admin.clientSecret);
  const key = await keyOfPseudonyms(stage);
  values.set('key of pseudonyms', key.toString('hex'));
  values.set('key of pseudonyms in base64', base64(key));
  return values;
}

/** By which the pipeline hashes e-mail addresses. */
export async function keyOfPseudonyms({ names }: Stage): Promise<Buffer> {
  const { SecretString } = await new SecretsManagerClient({}).send(new GetSecretValueCommand({ SecretId: names.pseudonyms }));
  const { key } = JSON.parse(SecretString ?? '{}');
  if (!/^[0-9a-f]{64}$/.test(key)) throw new Error(`expected 32 octets in hex as the key in ${names.pseudonyms}; found another form`);
  return Buffer.from(key, 'hex');
}

/** Without its padding, so that it is found where more was encoded in one piece. */
function base64(text: string | Buffer): string {
  return Buffer.from(text).toString('base64').replace(/=+$/, '');
}
