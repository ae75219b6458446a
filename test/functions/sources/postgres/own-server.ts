/** A PostgreSQL server of a test file's own, which the test may stop, kill and start again, and give a streaming replica. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, chownSync, closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { checkout } from '../../../../local/environment.ts';
import { isRoot, UNPRIVILEGED } from '../../../../local/postgres/binaries.ts';
import { postgres } from '../../../../local/postgres/service.ts';
import { freePorts } from '../../../../local/processes/free-ports.ts';
import { inherited } from '../../../../local/processes/inherited.ts';
import type { Facts, Launch, Place } from '../../../../local/processes/service.ts';
import { startWatched, type WatchedProcess } from '../../../../local/processes/watched-process.ts';
import { until } from '../../../until.ts';

type Postgres = Facts<'postgres'>;

export class OwnServer {
  readonly #folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  #port = 0;
  #process: WatchedProcess | undefined;
  #facts: Postgres | undefined;
  readonly #clients: pg.Client[] = [];

  /** Of the reader. */
  get secret(): Postgres['secret'] {
    if (!this.#facts) throw new Error('the server was not started');
    return this.#facts.secret;
  }

  async start(): Promise<void> {
    this.#port ||= (await freePorts(['postgres'])).postgres;
    const launch = await postgres.prepare(this.#place());
    appendFileSync(join(this.#data, 'pg_hba.conf'), 'hostssl replication all 127.0.0.1/32 scram-sha-256\n');
    this.#process = this.#launched(launch);
    await until('the server to answer', () => launch.answers(AbortSignal.timeout(20_000)));
    this.#facts = await launch.facts();
  }

  /** At once, as a crash would. */
  async kill(): Promise<void> {
    await Promise.allSettled(this.#clients.splice(0).map((client) => client.end()));
    await this.#process?.end();
  }

  /** A session of the owner's. */
  async connect(): Promise<pg.Client> {
    const client = new pg.Client(this.#login());
    client.on('error', () => undefined);
    await client.connect();
    this.#clients.push(client);
    return client;
  }

  /** Another server that streams from this one; it answers. Both end with `end`. */
  async replica(): Promise<OwnServer> {
    const replica = new OwnServer();
    replica.#port = (await freePorts(['postgres'])).postgres;
    const session = await this.connect();
    await session.query("SELECT pg_backup_start('replica', true)");
    execFileSync('cp', ['-a', this.#data, replica.#data]);
    const { rows } = await session.query<{ labelfile: string }>('SELECT labelfile FROM pg_backup_stop(false)');
    const { host, username, password } = { ...this.secret, ...this.#facts?.admin };
    const upstream = `host=${host} port=${this.#port} user=${username} password=${password} sslmode=require`;
    replica.#write('backup_label', rows[0]?.labelfile ?? '');
    replica.#write('standby.signal', '');
    appendFileSync(join(replica.#data, 'postgresql.auto.conf'), `primary_conninfo = '${upstream}'\n`);
    rmSync(join(replica.#data, 'postmaster.pid'), { force: true });
    execFileSync('cp', [join(this.#folder, 'passwords.json'), replica.#folder]);
    const launch = await postgres.prepare(replica.#place());
    replica.#process = replica.#launched(launch);
    await until('the replica to answer', () => launch.answers(AbortSignal.timeout(20_000)));
    replica.#facts = this.#facts && { ...this.#facts, port: replica.#port, secret: { ...this.#facts.secret, port: replica.#port } };
    return replica;
  }

  async end(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true });
  }

  get #data(): string {
    return join(this.#folder, 'data');
  }

  #write(name: string, content: string): void {
    const path = join(this.#data, name);
    writeFileSync(path, content, { mode: 0o600 });
    if (isRoot) chownSync(path, UNPRIVILEGED, UNPRIVILEGED);
  }

  #launched(launch: Launch<Postgres>): WatchedProcess {
    const output = openSync(join(this.#folder, 'log'), 'a');
    // An immediate shutdown: sessions end in the middle of what they do, and the next start recovers.
    const process = startWatched({ ...launch, stopSignal: 'SIGQUIT' }, { output, folder: this.#folder, inherited: inherited(tmpdir()) });
    closeSync(output);
    return process;
  }

  #login(): pg.ClientConfig {
    const { host, database, ca } = this.secret;
    return { host, port: this.#port, database, user: this.#facts?.admin.username, password: this.#facts?.admin.password, ssl: { ca } };
  }

  /** The checkout's certificate, which the shared servers have too. */
  #place(): Place {
    const folder = join(checkout, '.etl', 'certificates');
    const certificates = { ca: join(folder, 'ca.pem'), certificate: join(folder, 'server.pem'), key: join(folder, 'server.key') };
    const ports = { aws: 0, sparkDriver: 0, postgres: this.#port, kafka: 0, kafkaController: 0, snowflake: 0 };
    return { environment: 'test', checkout, folder: this.#folder, ports, certificates, java: '', python: { lake: '' } };
  }
}
