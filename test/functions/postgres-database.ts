/** A database of its own for a test file, cloned from the laptop's empty one, with the secret by which the pipeline reads it. */
import { randomBytes } from 'node:crypto';
import { CreateSecretCommand, PutSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll } from '@jest/globals';
import pg from 'pg';
import { secretsManager } from '../../functions/aws/secrets-manager.ts';
import { servers } from '../servers/servers.ts';

const { secret, admin } = servers.postgres;

export class PostgresDatabase {
  readonly name = `test_${randomBytes(8).toString('hex')}`;
  readonly #clients: pg.Client[] = [];

  constructor() {
    beforeAll(async () => {
      const server = await this.#connect('postgres');
      await server.query(`CREATE DATABASE ${this.name} TEMPLATE ${secret.database}`);
      await secretsManager.send(new CreateSecretCommand({ Name: 'etl/postgres', SecretString: JSON.stringify(this.secret()) }));
    });
    afterAll(async () => {
      const [server, ...others] = this.#clients;
      await Promise.all(others.map((client) => client.end()));
      await server?.query('SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = $1', [this.name]);
      await server?.query(`DROP DATABASE ${this.name} WITH (FORCE)`);
      await server?.end();
    });
  }

  /** Of the reader, in this database. */
  secret(changes: Partial<typeof secret> = {}) {
    return { ...secret, database: this.name, ...changes };
  }

  /** A session of the owner's that stays until the tests of the file are over. */
  connect(name = this.name): Promise<pg.Client> {
    return this.#connect(name);
  }

  /** Statements in a session that has ended afterwards, so that the server's counters have taken them in. */
  async change(...statements: string[]): Promise<void> {
    const client = new pg.Client(this.#config(this.name));
    await client.connect();
    for (const statement of statements) await client.query(statement);
    await client.end();
  }

  async #connect(database: string): Promise<pg.Client> {
    const client = new pg.Client(this.#config(database));
    await client.connect();
    this.#clients.push(client);
    return client;
  }

  #config(database: string): pg.ClientConfig {
    const { host, port, ca } = secret;
    return { host, port, database, user: admin.username, password: admin.password, ssl: { ca } };
  }
}

export async function putSecret(value: unknown): Promise<void> {
  const SecretString = typeof value === 'string' ? value : JSON.stringify(value);
  await secretsManager.send(new PutSecretValueCommand({ SecretId: 'etl/postgres', SecretString }));
}
