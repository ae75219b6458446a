/** Deploys the CDK app with the CDK's own command: bootstrap first, since its bucket is the pipeline's artifacts bucket, then all stacks. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { BOOTSTRAP } from '../config/names.ts';
import { compileContracts } from '../infra/contracts/compile.ts';
import { checkout } from '../local/environment.ts';
import { startWatched } from '../local/processes/watched-process.ts';
import { CommandFailed } from './command-failed.ts';
import type { Stage } from './stage.ts';

/** Stacks that wait for none of each other are deployed at once. */
const CONCURRENCY = 4;

/**
 * `onLine` gets what the CDK prints.
 * @throws ContractInvalid before anything is touched; CommandFailed with the CDK's last lines.
 */
export async function deployApp(stage: Stage, onLine: (line: string) => void): Promise<void> {
  compileContracts(join(checkout, 'contracts'));
  const { account, region } = stage.settings;
  const output = join(checkout, '.etl', 'cdk.out', stage.name);
  mkdirSync(output, { recursive: true });
  const toolkit = ['--toolkit-stack-name', BOOTSTRAP.toolkitStack];
  const bucket = ['--bootstrap-bucket-name', stage.names.buckets.artifacts];
  // From a folder that holds no app, so that none is synthesised for it.
  await cdk(stage, output, ['bootstrap', `aws://${account}/${region}`, ...toolkit, ...bucket, '--qualifier', BOOTSTRAP.qualifier], onLine);
  const how = ['--all', '--require-approval', 'never', '--concurrency', String(CONCURRENCY), '--progress', 'events'];
  await cdk(stage, checkout, ['deploy', ...how, ...toolkit, '--output', output], onLine);
}

const LAST_LINES = 15;

async function cdk(stage: Stage, cwd: string, args: string[], onLine: (line: string) => void): Promise<void> {
  const program = join(checkout, 'node_modules', 'aws-cdk', 'bin', 'cdk');
  const env = { ETL_STAGE: stage.settings.stage, CDK_DISABLE_CLI_TELEMETRY: 'true' };
  const command = [process.execPath, program, ...args, '--no-notices', '--ci'] as const;
  // Watched: a deployment must not go on when the one who asked for it is gone.
  const child = startWatched({ command, env }, { output: 'pipe', folder: cwd, inherited: process.env });
  const last: string[] = [];
  const keep = (line: string) => {
    last.push(line);
    if (last.length > LAST_LINES) last.shift();
    onLine(line);
  };
  for (const stream of child.output) createInterface({ input: stream }).on('line', keep);
  const code = await child.ended;
  if (code === 0) return;
  throw new CommandFailed({
    expected: `cdk ${args[0]} to end well`,
    found: `exit code ${code}:\n${last.join('\n')}\n`,
    remedy: 'see the lines above; npx etl doctor checks the set-up',
  });
}
