/** `etl`, the command people use: the same on a laptop and on AWS. */
import { SettingsInvalid } from '../config/settings.ts';
import { PipelineError } from '../functions/errors.ts';
import { LocalFailure } from '../local/local-failure.ts';
import { CommandFailed } from './command-failed.ts';
import { notDeployed } from './not-deployed.ts';
import { program } from './program.ts';

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
