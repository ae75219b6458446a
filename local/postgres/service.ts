/** PostgreSQL of the laptop: one database, reached over verified TLS with a password alone, read by a role that may only read. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { z } from 'zod';
import type { Facts, Launch, Place, Service } from '../processes/service.ts';
import { isRoot, postgresCommand, UNPRIVILEGED } from './binaries.ts';

const run = promisify(execFile);

const HOST = '127.0.0.1';
const DATABASE = 'production';
const ADMIN = 'etl_admin';
const READER = 'etl_reader';

export const postgres: Service<'postgres'> = {
  name: 'postgres',
  key: 'postgres',
  async prepare(place) {
    const data = join(place.folder, 'data');
    const passwords = readPasswords(place.folder);
    if (!existsSync(data)) await initialise(place, data, passwords.admin);
    // Nobody else can be at work here, which the supervisor's lock guarantees; a pid left by a crash may be another program's by now.
    rmSync(join(data, 'postmaster.pid'), { force: true });
    writeFileSync(join(data, 'pg_hba.conf'), `hostssl all all ${HOST}/32 scram-sha-256\n`);
    return launch(place, data, passwords);
  },
};

function launch({ ports, certificates, folder }: Place, data: string, passwords: Passwords): Launch<Facts<'postgres'>> {
  const settings = {
    listen_addresses: HOST,
    port: ports.postgres,
    unix_socket_directories: '',
    ssl: 'on',
    ssl_cert_file: certificates.certificate,
    ssl_key_file: certificates.key,
    ssl_min_protocol_version: 'TLSv1.2',
    // Sample data, which can be made again: a crash of the machine may cost it.
    fsync: 'off',
    full_page_writes: 'off',
    // The log of changes, as the load mode `log` reads it; what a forgotten slot keeps of it is bounded.
    wal_level: 'logical',
    max_replication_slots: 32,
    max_wal_senders: 32,
    max_slot_wal_keep_size: '2GB',
    max_prepared_transactions: 8,
    timezone: 'UTC',
  };
  const ca = readFileSync(certificates.ca, 'utf8');
  const login = { host: HOST, port: ports.postgres, user: ADMIN, password: passwords.admin, ssl: { ca }, connectionTimeoutMillis: 5_000 };
  return {
    command: postgresCommand('postgres', ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]),
    cwd: folder,
    // Ends sessions and writes a checkpoint; SIGTERM would wait until every client has left.
    stopSignal: 'SIGINT',
    answers: () => answers(login),
    async facts() {
      await setUp(login, passwords.reader);
      const server = { host: HOST, port: ports.postgres, database: DATABASE };
      return {
        ...server,
        admin: { username: ADMIN, password: passwords.admin },
        secret: { ...server, username: READER, password: passwords.reader, ca },
      };
    },
  };
}

const Passwords = z.object({ admin: z.string(), reader: z.string() });
type Passwords = z.infer<typeof Passwords>;

function readPasswords(folder: string): Passwords {
  const path = join(folder, 'passwords.json');
  if (!existsSync(path)) {
    const made = { admin: randomBytes(24).toString('base64url'), reader: randomBytes(24).toString('base64url') };
    writeFileSync(path, JSON.stringify(made), { mode: 0o600 });
  }
  return Passwords.parse(JSON.parse(readFileSync(path, 'utf8')));
}

async function initialise({ folder }: Place, data: string, password: string): Promise<void> {
  // Made beside its place and moved when it is whole: a start that was interrupted leaves nothing that looks like a database.
  const made = `${data}.new`;
  rmSync(made, { recursive: true, force: true });
  mkdirSync(made, { mode: 0o700 });
  if (isRoot) chownSync(made, UNPRIVILEGED, UNPRIVILEGED);
  const passwordFile = join(folder, 'initdb-password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  const [program, ...args] = postgresCommand('initdb', [
    ...['--pgdata', made, '--username', ADMIN, '--pwfile', passwordFile, '--auth', 'scram-sha-256', '--no-sync'],
    // The same order of text on every machine.
    ...['--encoding', 'UTF8', '--locale', 'C', '--locale-provider', 'builtin', '--builtin-locale', 'C.UTF-8'],
  ]);
  try {
    await run(program, args, { env: { ...process.env, LC_ALL: 'C' } });
  } finally {
    rmSync(passwordFile);
  }
  renameSync(made, data);
}

async function answers(login: pg.ClientConfig): Promise<boolean> {
  const client = new pg.Client({ ...login, database: 'postgres' });
  // While the server is still starting it may end a connection that it has taken.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.end();
    return true;
  } catch (error) {
    // 57P03: the server is starting up.
    if (['ECONNREFUSED', 'ECONNRESET', '57P03'].includes((error as { code?: string }).code ?? '')) return false;
    throw error;
  }
}

async function setUp(login: pg.ClientConfig, readerPassword: string): Promise<void> {
  await connected({ ...login, database: 'postgres' }, async (client) => {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [DATABASE]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${DATABASE}`);
  });
  await connected({ ...login, database: DATABASE }, async (client) => {
    for (const file of ['schema.sql', 'reader.sql']) await client.query(readFileSync(join(import.meta.dirname, file), 'utf8'));
    await client.query(`ALTER ROLE ${READER} PASSWORD ${client.escapeLiteral(readerPassword)}`);
  });
}

async function connected(config: pg.ClientConfig, use: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client(config);
  await client.connect();
  try {
    await use(client);
  } finally {
    await client.end();
  }
}
