/** Which AWS a stage is: the emulator of this checkout for `local` and `test`, the account one is signed in to for any other. */
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { type Names, namesFor } from '../config/names.ts';
import { readSettings, type Settings } from '../config/settings.ts';
import { type Environment, readEnvironment } from '../local/environment.ts';
import { CommandFailed } from './command-failed.ts';

export interface Stage {
  name: string;
  settings: Settings;
  names: Names;
  /** On the laptop only. */
  environment?: Environment;
}

/** The environments of a laptop share the settings of the stage `local`. */
const LAPTOP: readonly string[] = ['local', 'test'];

/** The environment of that name. @throws CommandFailed for a stage on AWS, which nothing here starts or ends. */
export function onLaptop(name: string): string {
  if (LAPTOP.includes(name)) return name;
  throw new CommandFailed({ expected: `a stage on this laptop (${LAPTOP.join(', ')})`, found: name, remedy: 'leave out --stage' });
}

/** From here on every AWS client of this process talks to that stage. @throws CommandFailed when the laptop's is not up. */
export async function openStage(name: string): Promise<Stage> {
  if (LAPTOP.includes(name)) return openLaptop(name);
  const region = process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
  const settings = readSettings(name, { account: await accountOf(name), region });
  process.env.AWS_REGION = settings.region;
  return { name, settings, names: namesFor(settings) };
}

function openLaptop(name: string): Stage {
  const environment = readEnvironment(name);
  if (!environment?.aws) {
    throw new CommandFailed({
      expected: `the environment ${name} to be up`,
      found: 'that it is down',
      remedy: 'npm start, or: npx etl up',
    });
  }
  Object.assign(process.env, laptopVariables(environment.aws));
  if (environment.snowflake) setDefaultCACertificates([...getCACertificates('default'), environment.snowflake.ca]);
  const settings = readSettings('local');
  return { name, settings, names: namesFor(settings), environment };
}

/** The variables by which AWS clients, and the CDK, find the emulator. */
function laptopVariables({ endpoint, region, account }: NonNullable<Environment['aws']>): Record<string, string> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    CDK_DEFAULT_ACCOUNT: account,
    CDK_DEFAULT_REGION: region,
  };
}

async function accountOf(stage: string): Promise<string> {
  try {
    const { Account } = await new STSClient({}).send(new GetCallerIdentityCommand({}));
    return Account ?? '';
  } catch (cause) {
    throw new CommandFailed({
      expected: `to be signed in to the AWS account of the stage ${stage}`,
      found: cause instanceof Error ? cause.message : String(cause),
      remedy: 'aws sso login, or set AWS_PROFILE and AWS_REGION; for the laptop leave out --stage',
      cause,
    });
  }
}
