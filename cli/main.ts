/** `etl`, the command people use: the same on a laptop and on AWS. */
import { Command } from 'commander';
import { SettingsInvalid } from '../config/settings.ts';
import { PipelineError } from '../functions/errors.ts';
import { LocalFailure } from '../local/local-failure.ts';
import { CommandFailed } from './command-failed.ts';
import { addDemo } from './commands/demo.ts';
import { addDeploy } from './commands/deploy.ts';
import { addDoctor } from './commands/doctor.ts';
import { addDown } from './commands/down.ts';
import { addLogs } from './commands/logs.ts';
import { addRun } from './commands/run.ts';
import { addSchedule } from './commands/schedule.ts';
import { addSecrets } from './commands/secrets.ts';
import { addSql } from './commands/sql.ts';
import { addStart } from './commands/start.ts';
import { addStatus } from './commands/status.ts';
import { addUp } from './commands/up.ts';
import { notDeployed } from './not-deployed.ts';

const program = new Command('etl')
  .description('Loads Snowflake, PostgreSQL and Kafka into a Delta lake on AWS, with receipts.')
  .option('--stage <stage>', 'which pipeline: local is the one on this laptop, any other a file config/<stage>.yaml', 'local')
  .option('--json', 'one JSON value on standard output, progress on standard error', false)
  .showHelpAfterError()
  .addHelpText(
    'after',
    '\nFirst steps: npm start · npx etl sql "select * from gold.dim_users limit 5" · npx etl demo change · npx etl run --wait · npx etl down',
  );

for (const add of [addStart, addUp, addDown, addDeploy, addSecrets, addSchedule, addRun, addStatus, addSql, addDemo, addLogs, addDoctor])
  add(program);

try {
  await program.parseAsync();
} catch (cause) {
  process.exitCode = 1;
  const { json, stage } = program.opts<{ json: boolean; stage: string }>();
  const error = notDeployed(cause, stage);
  // Of a failure with a name the message says what to do; the stack of anything else is what its author needs.
  const named =
    error instanceof CommandFailed || error instanceof LocalFailure || error instanceof PipelineError || error instanceof SettingsInvalid;
  if (json) process.stdout.write(`${JSON.stringify({ error: nameOf(error), message: messageOf(error) })}\n`);
  else process.stderr.write(`${named ? `${nameOf(error)}: ${messageOf(error)}` : error instanceof Error ? error.stack : String(error)}\n`);
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'Error';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
