/** For tests: an environment of their own, without earlier data, which is gone afterwards. */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { type Environment, environmentFolder } from './environment.ts';
import type { ServiceName } from './processes/service.ts';
import { up } from './up.ts';

export async function withEnvironment<T>(services: readonly ServiceName[], use: (environment: Environment) => Promise<T>): Promise<T> {
  const name = `try-${randomBytes(4).toString('hex')}`;
  const session = await up(name, { services });
  try {
    return await use(session.environment);
  } finally {
    await session.end();
    rmSync(environmentFolder(name), { recursive: true });
  }
}
