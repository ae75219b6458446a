/** Snowflake as a source: by a cursor, appended rows or whole, each batch as the table was at one moment. */
import type { Source } from '../source.ts';
import { classify } from './classify.ts';
import { plan } from './plan.ts';
import { read } from './read.ts';

/** The server keeps no position for these modes, so there is nothing to confirm. */
const confirm = async () => undefined;

export const snowflake = { plan, read, confirm, classify } satisfies Source;
