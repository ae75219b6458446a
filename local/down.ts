/** Ends an environment, and waits until every process of it is gone. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { environmentFolder, readEnvironment, supervisorOf } from './environment.ts';
import { untilGone } from './processes/leftovers.ts';

/** The watchers give a server 10 s before they kill it. */
const LIMIT_SECONDS = 30;

/** The names of the servers that were ended; none when nothing was up. */
export async function down(name: string): Promise<string[]> {
  const before = readEnvironment(name)?.processes ?? [];
  const pid = supervisorOf(name);
  if (pid !== undefined) {
    signal(pid, 'SIGTERM');
    const limit = performance.now() + LIMIT_SECONDS * 1000;
    while (supervisorOf(name) === pid) {
      // Its servers are ended by their watchers then.
      if (performance.now() > limit) signal(pid, 'SIGKILL');
      await pause(50);
    }
  }
  await untilGone(before);
  if (supervisorOf(name) === undefined) rmSync(join(environmentFolder(name), 'environment.json'), { force: true });
  return pid === undefined ? [] : before.filter((each) => !each.ended).map((each) => each.name);
}

function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    // Ended a moment ago.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
