/** Decides which sources are filled and changed, and brings what the pipeline should report of each dataset together. */
import pg from 'pg';
import type { Expected } from './expected.ts';
import { changeTable, fillTable } from './postgres.ts';
import { productInventory } from './product-inventory.ts';
import { scaleFor } from './scale.ts';
import { expectedOf } from './steps.ts';
import { subscriptions } from './subscriptions.ts';
import type { Table } from './table.ts';
import { userSessions } from './user-sessions.ts';
import { users } from './users.ts';

/** Who may write to the sources: never the reader that the pipeline uses. A source left out is left alone. */
export interface Connections {
  postgres?: { host: string; port: number; database: string; username: string; password: string; ca: string };
}

export const postgresTables: readonly Table[] = [users, subscriptions, productInventory, userSessions];

export function fillSources(connections: Connections, size: { rows: number; seed: number }): Promise<Expected> {
  return stepSources(connections, { ...size, step: 0 });
}

/** Steps come one after the other: 1, 2, 3, …, with the size and seed of the fill. */
export function changeSources(connections: Connections, change: { rows: number; seed: number; step: number }): Promise<Expected> {
  if (!Number.isSafeInteger(change.step) || change.step < 1) {
    throw new RangeError(`sample data: expected a change's step from 1 on; found ${change.step}; step 0 is the fill`);
  }
  return stepSources(connections, change);
}

async function stepSources(
  { postgres }: Connections,
  { rows, seed, step }: { rows: number; seed: number; step: number },
): Promise<Expected> {
  const scale = scaleFor(rows);
  const expected: Expected = { rows, seed, step, datasets: {} };
  if (postgres) {
    const { host, port, database, username: user, password, ca } = postgres;
    const client = new pg.Client({ host, port, database, user, password, ssl: { ca, servername: host } });
    await client.connect();
    try {
      for (const table of postgresTables) {
        if (step === 0) await fillTable(client, table, scale, seed);
        else await changeTable(client, table, scale, seed, step);
        expected.datasets[table.dataset] = expectedOf(table, scale, seed, step);
      }
    } finally {
      await client.end();
    }
  }
  return expected;
}
