/** A stand-in beside the shared one, for this file alone: with other settings, and S3 in the account of the file. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { checkout, environmentFolder } from '../../../../local/environment.ts';
import { freePorts } from '../../../../local/processes/free-ports.ts';
import { installed } from '../../../../local/processes/installed.ts';
import { servers } from '../../../servers/servers.ts';
import { until } from '../../../until.ts';
import { setSecret } from '../../secret.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { secret, standInAt, trustStandIn } from './snowflake-account.ts';

/** `change`: of its settings (local/snowflake/service.ts), asked when it starts. */
export function useStandInBeside(change: () => object): void {
  trustStandIn();
  const folder = temporaryFolder();
  let standIn: ChildProcess;
  beforeAll(async () => {
    const { port } = await freePorts(['port']);
    const shared = JSON.parse(readFileSync(join(environmentFolder(servers.name), 'snowflake', 'settings.json'), 'utf8'));
    const settings = join(folder, 'settings.json');
    const s3 = { s3_endpoint: servers.aws.endpoint };
    writeFileSync(settings, JSON.stringify({ ...shared, ...s3, port, data: join(folder, 'data'), ...change() }), { mode: 0o600 });
    standIn = spawn(installed().python.lake, ['-m', 'local.snowflake.stand_in', settings], {
      cwd: checkout,
      stdio: 'ignore',
      env: { ...process.env, AWS_DEFAULT_REGION: servers.aws.region },
    });
    const endpoint = `https://127.0.0.1:${port}`;
    await until('the stand-in to answer', () =>
      fetch(`${endpoint}/healthcheck`).then(
        ({ ok }) => ok,
        () => false,
      ),
    );
    standInAt(endpoint);
    await setSecret('etl/snowflake', secret());
  });
  afterAll(async () => {
    const exit = once(standIn, 'exit');
    standIn.kill('SIGTERM');
    await exit;
  });
}
