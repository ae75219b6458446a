/** The client of SNS, one a process: credentials and region come from the function's environment. */
import { SNSClient } from '@aws-sdk/client-sns';

export const sns = new SNSClient({});
