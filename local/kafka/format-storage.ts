/** Decides that the broker's storage is formatted once, with its logins in it: SCRAM's users exist before the broker does. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Logins } from './logins.ts';

const run = promisify(execFile);

export interface Storage {
  folder: string;
  data: string;
  properties: string;
  java: string;
  classPath: string;
}

export async function formatStorage(
  { folder, data, properties, java, classPath }: Storage,
  logins: Logins,
  clusterId = randomBytes(16).toString('base64url'),
): Promise<void> {
  // Written last by the formatting: without it, the data are of a formatting that did not end.
  if (existsSync(join(data, 'meta.properties'))) return;
  await rm(data, { recursive: true, force: true });
  const scram = Object.values(logins).flatMap(({ username, password }) => [
    '--add-scram',
    `SCRAM-SHA-512=[name=${username},password=${password}]`,
  ]);
  const args = ['-XX:TieredStopAtLevel=1', '-cp', classPath, 'kafka.tools.StorageTool'];
  // One of 64 ids begins with a dash, and would be taken for an option if it stood by itself.
  args.push('format', `--cluster-id=${clusterId}`, '--config', properties, ...scram);
  // In a file, since every user of the machine sees the arguments of a process.
  const file = join(folder, 'format.args');
  await writeFile(file, args.map(quoted).join('\n'), { mode: 0o600 });
  try {
    await run(java, [`@${file}`]);
  } finally {
    await rm(file);
  }
}

/** As Java reads a file of arguments. */
function quoted(argument: string): string {
  return `"${argument.replace(/[\\"]/g, '\\$&')}"`;
}
