/** Waits for a condition to hold, which the test then relies on. */
import { setTimeout as pause } from 'node:timers/promises';

export async function until(what: string, holds: () => boolean): Promise<void> {
  const limit = performance.now() + 20_000;
  while (!holds()) {
    if (performance.now() > limit) throw new Error(`expected ${what} within 20 s; found that it is not so`);
    await pause(20);
  }
}
