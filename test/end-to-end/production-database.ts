/** The production database as those see it who write to it: its applications and its administrators. */
import pg from 'pg';
import type { Stage } from '../../cli/stage.ts';

/** An open connection; its caller ends it. */
export async function connectAsAdmin({ environment }: Stage): Promise<pg.Client> {
  const { secret, admin } = environment?.postgres ?? {};
  const client = new pg.Client({
    host: secret?.host,
    port: secret?.port,
    database: secret?.database,
    user: admin?.username,
    password: admin?.password,
    ssl: { ca: secret?.ca },
  });
  await client.connect();
  return client;
}

/** One statement after another, each a transaction of its own. */
export async function asAdmin(stage: Stage, ...statements: string[]): Promise<void> {
  const client = await connectAsAdmin(stage);
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}
