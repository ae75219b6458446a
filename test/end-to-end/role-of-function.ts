/** What the role of a function may do, tried with the credentials that Lambda gives a function of that role. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateFunctionCommand,
  DeleteFunctionCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Stage } from '../../cli/stage.ts';
import { functionName } from '../../config/names.ts';
import { checkout } from '../../local/environment.ts';

/** The secrets of the pipeline that it reads; each other one must be refused, not fail in another way. */
export async function secretsOpenTo({ names }: Stage, folder: string): Promise<string[]> {
  const secrets = new SecretsManagerClient({ credentials: await credentialsOf(folder) });
  const open: string[] = [];
  for (const SecretId of [...Object.values(names.secrets), names.pseudonyms]) {
    try {
      await secrets.send(new GetSecretValueCommand({ SecretId }));
      open.push(SecretId);
    } catch (error) {
      if ((error as Error).name !== 'AccessDeniedException') throw error;
    }
  }
  return open;
}

const GIVES_AWAY_ITS_CREDENTIALS = `export const handler = async () => ({
  accessKeyId: process.env.AWS_ACCESS_KEY_ID,
  secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY,
  sessionToken: process.env.AWS_SESSION_TOKEN,
});
`;

interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

async function credentialsOf(folder: string): Promise<Credentials> {
  const client = new LambdaClient({});
  const { Role } = await client.send(new GetFunctionConfigurationCommand({ FunctionName: functionName(folder) }));
  const FunctionName = `credentials-of-${folder}`;
  const Code = { ZipFile: zipped('index.mjs', GIVES_AWAY_ITS_CREDENTIALS) };
  await client.send(new CreateFunctionCommand({ FunctionName, Role, Runtime: 'nodejs24.x', Handler: 'index.handler', Code }));
  try {
    const { Payload } = await client.send(new InvokeCommand({ FunctionName }));
    return JSON.parse(Payload?.transformToString() ?? '');
  } finally {
    await client.send(new DeleteFunctionCommand({ FunctionName }));
  }
}

function zipped(name: string, content: string): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'etl-zip-'));
  try {
    writeFileSync(join(folder, name), content);
    const python = join(checkout, '.etl', 'python', 'lake', 'bin', 'python');
    execFileSync(python, ['-m', 'zipfile', '-c', 'code.zip', name], { cwd: folder });
    return readFileSync(join(folder, 'code.zip'));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
