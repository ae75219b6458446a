/** A second broker for a cluster of a test's own, reached through a proxy of the test's: it can be frozen, killed, and cut off. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import type { Admin } from 'kafkajs';
import { checkout, environmentFolder } from '../../../../local/environment.ts';
import { formatStorage } from '../../../../local/kafka/format-storage.ts';
import { keptLogins } from '../../../../local/kafka/logins.ts';
import { freePorts } from '../../../../local/processes/free-ports.ts';
import { chooseJava } from '../../../../local/setup/find-java.mjs';
import { until } from '../../../until.ts';

export const SECOND = 2;

export class SecondBroker {
  readonly proxy: CuttingProxy;
  readonly #process: ChildProcess;

  private constructor(process: ChildProcess, proxy: CuttingProxy) {
    this.#process = process;
    this.proxy = proxy;
  }

  /** Joins the cluster of the environment `name`, whose one broker is also its controller. `data`: where its log lies, if not there. */
  static async start(name: string, admin: Admin, { heap = '256m', data }: { heap?: string; data?: string } = {}): Promise<SecondBroker> {
    const folder = join(environmentFolder(name), 'kafka');
    const { port } = await freePorts(['port']);
    const proxy = await CuttingProxy.before(port);
    const own = {
      'node.id': SECOND,
      'process.roles': 'broker',
      'log.dirs': data ?? join(folder, 'data-2'),
      listeners: `SASL_SSL://127.0.0.1:${port}`,
      'advertised.listeners': `SASL_SSL://127.0.0.1:${proxy.port}`,
    };
    const properties = join(folder, 'second.properties');
    const first = readFileSync(join(folder, 'server.properties'), 'utf8');
    // Of a setting that is there twice the later one counts.
    writeFileSync(
      properties,
      first +
        Object.entries(own)
          .map(([key, value]) => `${key}=${value}\n`)
          .join(''),
      { mode: 0o600 },
    );
    const java = await chooseJava();
    const classPath = join(checkout, '.etl', 'jars', 'kafka', '*');
    const { clusterId } = await admin.describeCluster();
    await formatStorage({ folder, data: own['log.dirs'], properties, java, classPath }, await keptLogins(folder), clusterId);
    const log = openSync(join(folder, 'second.log'), 'a');
    const options = [`-Xmx${heap}`, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
    const child = spawn(java, [...options, '-cp', classPath, 'kafka.Kafka', properties], { stdio: ['ignore', log, log], env: process.env });
    closeSync(log);
    const second = new SecondBroker(child, proxy);
    // A broker may be among the cluster's before its listener is open.
    await until('the second broker', async () => {
      if (child.exitCode !== null) throw new Error(`the second broker ended with ${child.exitCode}; see ${folder}/second.log`);
      return (await listens(port)) && (await admin.describeCluster()).brokers.length === 2;
    });
    return second;
  }

  freeze(): void {
    this.#process.kill('SIGSTOP');
  }

  thaw(): void {
    this.#process.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
      await ended;
    }
  }

  async end(): Promise<void> {
    await this.kill();
    this.proxy.end();
  }
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

class CuttingProxy {
  /** Bytes that clients were given. */
  given = 0;
  readonly port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #cutAt = Number.POSITIVE_INFINITY;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  static async before(port: number): Promise<CuttingProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new CuttingProxy(server);
    server.on('connection', (client) => proxy.#join(client, port));
    return proxy;
  }

  /** All connections end once when so many bytes more were given. */
  cutAfter(bytes: number): void {
    this.#cutAt = this.given + bytes;
  }

  cut(): void {
    this.#cutAt = Number.POSITIVE_INFINITY;
    for (const socket of this.#sockets) socket.destroy();
  }

  end(): void {
    this.cut();
    this.#server.close();
  }

  #join(client: Socket, port: number): void {
    const broker = connect(port, '127.0.0.1');
    for (const [one, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      this.#sockets.add(one);
      one
        .on('error', () => undefined)
        .on('close', () => {
          this.#sockets.delete(one);
          other.destroy();
        });
    }
    client.pipe(broker);
    broker.on('data', (bytes) => {
      client.write(bytes);
      this.given += bytes.length;
      if (this.given >= this.#cutAt) this.cut();
    });
  }
}
