/** A stand-in beside the shared one, whose access tokens are good for a second. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { PipelineError } from '../../../../functions/errors.ts';
import { classify } from '../../../../functions/sources/snowflake/classify.ts';
import { connect } from '../../../../functions/sources/snowflake/connection.ts';
import { checkout, environmentFolder } from '../../../../local/environment.ts';
import { freePorts } from '../../../../local/processes/free-ports.ts';
import { installed } from '../../../../local/processes/installed.ts';
import { servers } from '../../../servers/servers.ts';
import { until } from '../../../until.ts';
import { setSecret } from '../../secret.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { plan } from '../planned.ts';
import { orders, secret, trustStandIn } from './snowflake-account.ts';

trustStandIn();
const folder = temporaryFolder();
let standIn: ChildProcess;

beforeAll(async () => {
  const { port } = await freePorts(['port']);
  const shared = JSON.parse(readFileSync(join(environmentFolder(servers.name), 'snowflake', 'settings.json'), 'utf8'));
  const settings = join(folder, 'settings.json');
  writeFileSync(settings, JSON.stringify({ ...shared, port, data: join(folder, 'data'), token_seconds: 1 }), { mode: 0o600 });
  standIn = spawn(installed().python.lake, ['-m', 'local.snowflake.stand_in', settings], { cwd: checkout, stdio: 'ignore' });
  const accessUrl = `https://127.0.0.1:${port}`;
  await until('the stand-in to answer', () =>
    fetch(`${accessUrl}/healthcheck`).then(
      ({ ok }) => ok,
      () => false,
    ),
  );
  await setSecret('etl/snowflake', secret({ accessUrl, tokenUrl: `${accessUrl}/oauth/token-request` }));
});
afterAll(async () => {
  const exit = once(standIn, 'exit');
  standIn.kill('SIGTERM');
  await exit;
});

test('a token that runs out between two requests is SourceInterrupted, and the next try gets a new one', async () => {
  const connection = await connect('customer_orders');
  const failure = await until('the token to run out', () =>
    connection.query('SELECT 1').then(
      () => false,
      (error: unknown) => error,
    ),
  );
  expect(failure).toMatchObject({ code: '390318' });
  expect(classify(failure, 'customer_orders')).toMatchObject({ code: 'SourceInterrupted', retry: 'backoff', dataset: 'customer_orders' });
  await connection.close();
  // As the state machine tries again, and again where a try takes longer than its token is good for.
  const found = await until('a try to succeed', () =>
    plan(orders()).catch((error: unknown) => {
      if ((error as PipelineError).code === 'SourceInterrupted') return false;
      throw error;
    }),
  );
  expect(found).toMatchObject({ bounds: { lower: null } });
});
