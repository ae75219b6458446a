/** Which log of a Spark step a person wants to see: on the laptop the newest step's; on AWS only where they lie, since EMR writes them in compressed pieces. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { environmentFolder } from '../local/environment.ts';
import { CommandFailed } from './command-failed.ts';
import type { Stage } from './stage.ts';

/** @throws CommandFailed on AWS, with the place; and on a laptop where no step has run yet. */
export function sparkLog({ name, names, environment }: Stage): string[] {
  if (environment) return newestLog(join(environmentFolder(name), 'logs', 'steps'));
  const logs = `s3://${names.buckets.logs}/emr/`;
  throw new CommandFailed({
    expected: 'a stage on this laptop',
    found: `${name}, whose clusters write the logs of steps to ${logs}<cluster>/steps/ and those of Spark to containers/ beside it`,
    remedy: `aws s3 ls --recursive ${logs}, or look at the cluster's steps in the EMR console`,
  });
}

export function newestLog(folder: string): string[] {
  const files = existsSync(folder) ? readdirSync(folder).map((file) => join(folder, file)) : [];
  const [newest] = files.sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  if (newest) return readFileSync(newest, 'utf8').trimEnd().split('\n');
  throw new CommandFailed({ expected: 'the log of a Spark step', found: 'none yet', remedy: 'npx etl run --wait' });
}
