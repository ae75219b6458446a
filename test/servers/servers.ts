/** Where the shared servers are. */
import type { Environment } from '../../local/environment.ts';

export type Servers = Required<Pick<Environment, 'name' | 'postgres' | 'kafka' | 'snowflake' | 'aws'>>;

export const servers: Servers = JSON.parse(process.env.TEST_SERVERS ?? '');
