/** Waits for a condition, and says which one never came. */
import { setTimeout as pause } from 'node:timers/promises';

const LIMIT_MS = 120_000;

export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const limit = Date.now() + LIMIT_MS;
  while (!(await holds())) {
    if (Date.now() > limit) throw new Error(`waited ${LIMIT_MS / 1000} s for ${what}`);
    await pause(50);
  }
}
