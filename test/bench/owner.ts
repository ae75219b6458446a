/** A connection of the server's owner, who makes and fills a benchmark's tables. */
import pg from 'pg';
import type { Environment } from '../../local/environment.ts';

export async function connectAsOwner({ secret, admin }: NonNullable<Environment['postgres']>): Promise<pg.Client> {
  const owner = new pg.Client({ ...secret, user: admin.username, password: admin.password, ssl: { ca: secret.ca } });
  // Ended with its server.
  owner.on('error', () => undefined);
  await owner.connect();
  return owner;
}
