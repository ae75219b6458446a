/** Chooses ports of 127.0.0.1 that nobody listens on, below the range from which the kernel takes those of outgoing connections. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { LocalFailure } from '../local-failure.ts';

/** From 32768 (Linux) or 49152 (macOS) on a connection of any program could take the port before our server does. */
const [LOWEST, HIGHEST] = [20_000, 32_000];

export async function freePorts<Name extends string>(names: readonly Name[]): Promise<Record<Name, number>> {
  const held: Server[] = [];
  const ports: Partial<Record<Name, number>> = {};
  try {
    for (const name of names) {
      const server = await listenSomewhere();
      held.push(server);
      ports[name] = (server.address() as { port: number }).port;
    }
    return ports as Record<Name, number>;
  } finally {
    await Promise.all(held.map((server) => new Promise((resolve) => server.close(resolve))));
  }
}

async function listenSomewhere(): Promise<Server> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const server = createServer();
    try {
      server.listen(randomInt(LOWEST, HIGHEST), '127.0.0.1');
      await once(server, 'listening');
      return server;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    }
  }
  throw new LocalFailure(`expected a free port of 127.0.0.1 from ${LOWEST} to ${HIGHEST}; found 100 taken in a row`);
}
