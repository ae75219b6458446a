/** Waits for something to be found or to hold, and says what never was. */
import { setTimeout as pause } from 'node:timers/promises';

/** What `find` gives in the end: `undefined` and `false` are not it yet. */
export async function until<Found>(
  what: string,
  find: () => Found | Promise<Found>,
  seconds = 20,
): Promise<Exclude<Found, undefined | false>> {
  const limit = performance.now() + seconds * 1_000;
  for (;;) {
    const found = await find();
    if (found !== undefined && found !== false) return found as Exclude<Found, undefined | false>;
    if (performance.now() > limit) throw new Error(`expected ${what} within ${seconds} s; found that it is not so`);
    await pause(20);
  }
}
