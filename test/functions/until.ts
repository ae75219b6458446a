/** Waits for a condition; the test's own time limit ends it when the condition never comes. */
import { setTimeout as pause } from 'node:timers/promises';

export async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await pause(20);
}
