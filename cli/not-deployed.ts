/** Tells a person that the pipeline is not deployed, where AWS says only that it has not got some part of it. */
import { CommandFailed } from './command-failed.ts';

/** How the services say it: Step Functions, S3, and all others. */
const ABSENT: ReadonlySet<string> = new Set(['StateMachineDoesNotExist', 'NoSuchBucket', 'ResourceNotFoundException']);

/** Any other error comes back as it is. */
export function notDeployed(error: unknown, stage: string): unknown {
  if (!(error instanceof Error) || !ABSENT.has(error.name)) return error;
  return new CommandFailed({
    expected: `the pipeline to be deployed as ${stage}`,
    found: `${error.name}: ${error.message}`,
    remedy: `npx etl deploy${stage === 'local' ? '' : ` --stage ${stage}`}`,
    cause: error,
  });
}
