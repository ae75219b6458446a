/** The client of Glue, one a process: credentials and region come from the function's environment. */
import { GlueClient } from '@aws-sdk/client-glue';

export const glue = new GlueClient({});
