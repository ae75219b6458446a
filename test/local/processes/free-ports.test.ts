import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from '@jest/globals';
import { freePorts } from '../../../local/processes/free-ports.ts';

test('each name gets a port of its own, on which a server can listen, below those of outgoing connections', async () => {
  const ports = await freePorts(['first', 'second', 'third']);
  expect(new Set(Object.values(ports)).size).toBe(3);
  for (const port of Object.values(ports)) {
    expect(port).toBeGreaterThanOrEqual(20_000);
    expect(port).toBeLessThan(32_768);
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
  }
});
