/** Starts an environment for one test file, with a supervisor and data of its own, which are gone afterwards. */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { type Environment, environmentFolder } from '../../local/environment.ts';
import type { ServiceName } from '../../local/processes/service.ts';
import { up } from '../../local/up.ts';

export async function startEnvironment(services: readonly ServiceName[]): Promise<{ environment: Environment; end(): Promise<void> }> {
  const name = `try-${randomBytes(4).toString('hex')}`;
  const session = await up(name, { services });
  return {
    environment: session.environment,
    async end() {
      await session.end();
      rmSync(environmentFolder(name), { recursive: true });
    },
  };
}
