/** The values that must stand nowhere but in Secrets Manager, each in the forms in which it could slip out. */
import type { Stage } from '../../cli/stage.ts';
import { MISTYPED } from './broken-secrets.ts';

/** By a name that may be shown. */
export function secretValues({ environment }: Stage): Map<string, string> {
  const { postgres, kafka, snowflake } = environment ?? {};
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
  return values;
}

/** Without its padding, so that it is found where more was encoded in one piece. */
function base64(text: string): string {
  return Buffer.from(text).toString('base64').replace(/=+$/, '');
}
