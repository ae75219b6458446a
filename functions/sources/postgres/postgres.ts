/** PostgreSQL as a source: by a cursor or whole, through COPY. */
import type { Source } from '../source.ts';
import { classify } from './classify.ts';
import { plan } from './plan.ts';
import { read } from './read.ts';

/** The server keeps no position for these modes, so there is nothing to confirm. */
const confirm = async () => undefined;

export const postgres = { plan, read, confirm, classify } satisfies Source;
