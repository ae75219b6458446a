/** What the stage says of reading PostgreSQL, as the template gives it to functions; what it does not say is as config/postgres.ts has it. */
import { PostgresSettings } from '../../../config/postgres.ts';
import { EnvironmentInvalid } from '../../errors.ts';
import { issuesText } from '../../issues.ts';
import { parsedJson } from '../../parsed-json.ts';

/** @throws EnvironmentInvalid */
export function postgresSettings(): PostgresSettings {
  const parsed = PostgresSettings.safeParse(parsedJson(process.env.POSTGRES_SETTINGS ?? '{}'));
  if (parsed.success) return parsed.data;
  throw new EnvironmentInvalid({
    expected: 'POSTGRES_SETTINGS as the template gives it',
    found: issuesText(parsed.error, 'the variable'),
    remedy: 'deploy the stack again: npx etl deploy',
  });
}
