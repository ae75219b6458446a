/** Starts the environment in a process of its own: within jest, native parts of packages cannot be loaded. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

export default async function start() {
  const program = fileURLToPath(new URL('environment.ts', import.meta.url));
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  globalThis.testEnvironment = child;
  const ready = await Promise.race([once(child.stdout, 'data').then(() => true), once(child, 'exit').then(() => false)]);
  if (!ready) throw new Error('the environment of the end-to-end tests did not come up');
}
