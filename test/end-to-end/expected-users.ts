/** What Silver and Gold should hold of users, kept up to date from the source alone: good rows replace, bad ones do not, absent keys go. */
import { expect } from '@jest/globals';
import pg from 'pg';
import type { Lake } from './lake.ts';
import { Oracle } from './oracle.ts';

const COLUMNS = [
  'user_id',
  'first_name',
  'last_name',
  'email',
  'phone',
  'address',
  'city',
  'state',
  'country',
  'registration_date',
  'updated_at',
];

export class ExpectedUsers {
  readonly oracle: Oracle;
  readonly #lake: Lake;

  private constructor(lake: Lake, oracle: Oracle) {
    this.#lake = lake;
    this.oracle = oracle;
  }

  /** Nothing is expected of an empty lake. */
  static async ofEmptyLake(lake: Lake): Promise<ExpectedUsers> {
    const users = new ExpectedUsers(lake, await Oracle.open());
    await users.#loadSource();
    await users.oracle.run('CREATE TABLE kept_users AS FROM expected_good_users WHERE false');
    return users;
  }

  /** What Silver holds now is where the next changes are counted from. */
  static async ofPresentLake(lake: Lake): Promise<ExpectedUsers> {
    const users = await ExpectedUsers.ofEmptyLake(lake);
    await users.oracle.loadParquet('silver_users', lake.readDelta('silver', 'users'));
    await users.oracle.run("INSERT INTO kept_users BY NAME SELECT COLUMNS(c -> c[1] <> '_') FROM silver_users");
    return users;
  }

  /** Takes the source as it is now. */
  async advance(): Promise<void> {
    await this.#loadSource();
    await this.oracle.run('DELETE FROM kept_users WHERE user_id NOT IN (SELECT user_id FROM source_users)');
    await this.oracle.run('DELETE FROM kept_users WHERE user_id IN (SELECT user_id FROM expected_good_users)');
    await this.oracle.run('INSERT INTO kept_users FROM expected_good_users');
  }

  /** Row by row, both ways, as the `deltalake` package reads the tables. */
  async compare(): Promise<void> {
    await this.oracle.loadParquet('silver_users', this.#lake.readDelta('silver', 'users'));
    expect(await this.oracle.difference('kept_users', 'silver_users')).toEqual([]);
    await this.oracle.expect('gold_dim_users');
    await this.oracle.loadParquet('dim_users', this.#lake.readDelta('gold', 'dim_users'));
    expect(await this.oracle.difference('expected_gold_dim_users', 'dim_users')).toEqual([]);
  }

  /** The rows of PostgreSQL as its own client prints them. */
  async #loadSource(): Promise<void> {
    const rows = await asAdmin(this.#lake, (client) =>
      client.query({ text: `SELECT ${COLUMNS.map((column) => `${column}::text`).join(', ')} FROM users`, rowMode: 'array' }),
    );
    await this.oracle.load('source_users', COLUMNS, rows.rows);
    await this.oracle.expect('good_users');
  }
}

export async function asAdmin<T>({ stage }: Lake, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const { secret, admin } = stage.environment?.postgres ?? {};
  const client = new pg.Client({
    host: secret?.host,
    port: secret?.port,
    database: secret?.database,
    user: admin?.username,
    password: admin?.password,
    ssl: { ca: secret?.ca },
  });
  await client.connect();
  try {
    await client.query("SET TimeZone = 'UTC'");
    return await work(client);
  } finally {
    await client.end();
  }
}
