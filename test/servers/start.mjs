/** Starts what the tests of functions and command share, once a run of jest: PostgreSQL and the laptop's AWS. */
import { aws } from '../../local/aws/service.ts';
import { postgres } from '../../local/postgres/service.ts';
import { startService } from '../local/start-service.ts';

export default async function start() {
  // Each test file has an AWS account of its own, whose number is its access key: with AUTH only the emulator's own would do.
  const [database, cloud] = await Promise.all([startService(postgres), startService(aws, { env: { AUTH: 'false' } })]);
  globalThis.stopTestServers = () => Promise.all([database.stop(), cloud.stop()]);
  process.env.TEST_SERVERS = JSON.stringify({ postgres: database.facts, aws: cloud.facts });
}
