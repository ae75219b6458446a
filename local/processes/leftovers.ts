/** Waits for servers whose supervisor has died: their watchers are ending them. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Environment } from '../environment.ts';
import { LocalFailure } from '../local-failure.ts';
import { processStart } from './process-start.mjs';

/** The watchers' own grace is 10 s. */
const LIMIT_SECONDS = 20;

export async function untilGone(processes: Environment['processes']): Promise<void> {
  const limit = performance.now() + LIMIT_SECONDS * 1000;
  for (;;) {
    const left = processes.filter(({ pid, started }) => processStart(pid) === started);
    if (left.length === 0) return;
    if (performance.now() > limit) {
      const names = left.map(({ name, pid }) => `${name} (process ${pid})`).join(', ');
      throw new LocalFailure(
        `expected the servers of a dead supervisor to end within ${LIMIT_SECONDS} s; found ${names} still running; end them`,
      );
    }
    await pause(100);
  }
}
