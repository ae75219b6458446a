/** The client of EMR, one a process: credentials and region come from the function's environment. */
import { EMRClient } from '@aws-sdk/client-emr';

export const emr = new EMRClient({});
