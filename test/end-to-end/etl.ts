/** Runs the command as a person or a script does: a process of its own, its exit code, and what it printed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { checkout } from '../../local/environment.ts';

export interface Printed {
  code: number;
  output: string;
  errors: string;
}

export async function etl(args: readonly string[], input = ''): Promise<Printed> {
  const child = spawn(process.execPath, [join(checkout, 'cli', 'main.ts'), '--stage', 'test', ...args]);
  child.stdin.end(input);
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, output, errors };
}
