/** What the services of an environment have used of the processor so far. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Environment } from '../../../local/environment.ts';

const TICKS_A_SECOND = 100;

/** In seconds, with what the service started: a server's sessions count when they have ended. */
export function processorTime({ processes }: Environment, service: string): number {
  const group = processes.find(({ name }) => name === service)?.pid;
  const ticks = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => ticksIn(pid, group));
  return ticks.reduce((sum, each) => sum + each, 0) / TICKS_A_SECOND;
}

function ticksIn(pid: string, group: number | undefined): number {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    // Ended meanwhile.
    return 0;
  }
  // After the program's name: state, parent, group, and eight further on what it has used itself and its ended children.
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  return fields[2] === group ? fields.slice(11, 15).reduce((sum, each) => sum + each, 0) : 0;
}
