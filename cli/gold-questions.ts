/** Of the saved queries those whose answers show, at the end of `npm start`, that Gold is there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Question {
  title: string;
  sql: string;
}

const SHOWN = ['revenue-by-month', 'top-products', 'events-by-type', 'users-by-country'];

/** `checkout`: where `infra/queries/` is. The first line of a query says what it answers. */
export function goldQuestions(checkout: string): Question[] {
  return SHOWN.map((name) => {
    const sql = readFileSync(join(checkout, 'infra', 'queries', `${name}.sql`), 'utf8');
    return { title: /^-- (.+)/.exec(sql)?.[1] ?? name, sql };
  });
}
