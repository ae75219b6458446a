/** Snowflake as a source: by a cursor, appended rows, its changes or whole, each batch as the table was at one moment. */
import type { Source } from '../source.ts';
import { classify } from './classify.ts';
import { plan } from './plan.ts';
import { read } from './read.ts';
import { SnowflakeSecret } from './secret.ts';

export const snowflake = { secret: SnowflakeSecret, plan, read, classify } satisfies Source;
