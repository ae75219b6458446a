/** Before anything else of a test file: AWS clients made here talk to the emulator, in an account that no other file uses. */
import { randomInt } from 'node:crypto';
import { servers } from './servers.ts';

Object.assign(process.env, {
  AWS_ENDPOINT_URL: servers.aws.endpoint,
  AWS_REGION: servers.aws.region,
  // The emulator takes an access key of twelve digits for the number of an account.
  AWS_ACCESS_KEY_ID: `${randomInt(100_000, 1_000_000)}${randomInt(100_000, 1_000_000)}`,
  AWS_SECRET_ACCESS_KEY: 'test',
  // Logs and metrics are lines on standard output, where the report of the tests stands.
  POWERTOOLS_LOG_LEVEL: 'SILENT',
  POWERTOOLS_METRICS_DISABLED: 'true',
});
