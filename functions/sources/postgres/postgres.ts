/** PostgreSQL as a source: by a cursor or whole, through COPY. */
import type { Source } from '../source.ts';
import { classify } from './classify.ts';
import { plan } from './plan.ts';
import { read } from './read.ts';
import { PostgresSecret } from './secret.ts';

export const postgres = { secret: PostgresSecret, plan, read, classify } satisfies Source;
