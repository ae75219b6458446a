/** The client of Step Functions, one a process: credentials and region come from the function's environment. */
import { SFNClient } from '@aws-sdk/client-sfn';

export const stepFunctions = new SFNClient({});
