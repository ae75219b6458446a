/** Ends the environment that `start.mjs` started. */
import { once } from 'node:events';

export default async function stop() {
  const exit = once(globalThis.testEnvironment, 'exit');
  globalThis.testEnvironment.stdin.end();
  await exit;
}
