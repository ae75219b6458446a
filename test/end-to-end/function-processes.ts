/** The processes in which the emulator runs a function of this environment. */
import { execFileSync } from 'node:child_process';
import type { Stage } from '../../cli/stage.ts';
import { functionName } from '../../config/names.ts';

/** As a machine does that runs out of memory. Returns how many there were. */
export function killProcessesOf({ environment }: Stage, folder: string): number {
  const emulator = environment?.processes.find(({ name }) => name === 'aws')?.pid;
  const all = processes();
  const servers = all.filter(({ parent }) => parent === emulator).map(({ pid }) => pid);
  const found = all.filter(({ parent, command }) => servers.includes(parent) && command.includes(`lambda-${functionName(folder)}-`));
  for (const { pid } of found) process.kill(pid, 'SIGKILL');
  return found.length;
}

function processes(): { pid: number; parent: number; command: string }[] {
  const lines = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' }).trim().split('\n');
  return lines.map((line) => {
    const [, pid, parent, command = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return { pid: Number(pid), parent: Number(parent), command };
  });
}
