/** Starts what the tests of functions and command share, once a run of jest: the three sources and the laptop's AWS. */
import { startEnvironment } from '../local/start-environment.ts';

export default async function start() {
  const { environment, end } = await startEnvironment(['postgres', 'kafka', 'snowflake', 'aws']);
  globalThis.endTestServers = end;
  process.env.TEST_SERVERS = JSON.stringify(environment);
}
