/** Starts one of the laptop's servers for a test, on free ports and in a folder of its own, and ends it afterwards. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { certificates } from '../../local/certificates/certificates.ts';
import { checkout } from '../../local/environment.ts';
import { freePorts } from '../../local/processes/free-ports.ts';
import type { Facts, FactsKey, Launch, Service } from '../../local/processes/service.ts';

export interface Started<Facts> {
  facts: Facts;
  /** Of the certificate authority, PEM. */
  ca: string;
  caPath: string;
  stop(): Promise<void>;
}

const python = (name: string) => join(checkout, '.etl', 'python', name, 'bin', 'python');

export async function startService<Key extends FactsKey>(
  service: Service<Key>,
  more: { env?: Record<string, string> } = {},
): Promise<Started<Facts<Key>>> {
  // A space in the path, as a newcomer's checkout may have.
  const root = await mkdtemp(join(tmpdir(), 'etl test-'));
  const folder = join(root, service.name);
  await mkdir(folder);
  const authority = await certificates(root, python('lake'));
  const launch = await service.prepare({
    environment: 'test',
    checkout,
    folder,
    ports: await freePorts(['aws', 'sparkDriver', 'postgres', 'kafka', 'kafkaController', 'snowflake']),
    certificates: authority,
    java: 'java',
    python: { lake: python('lake'), snowflake: python('snowflake') },
  });
  const process = await spawned(launch, folder, more.env ?? {});
  const stop = async () => {
    await process.end();
    await rm(root, { recursive: true });
  };
  try {
    await untilAnswers(launch, process, join(folder, 'log'));
    return { facts: await launch.facts(), ca: await readFile(authority.ca, 'utf8'), caPath: authority.ca, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function spawned<Facts>(launch: Launch<Facts>, folder: string, env: Record<string, string>) {
  const [command, ...args] = launch.command;
  const log = createWriteStream(join(folder, 'log'));
  await once(log, 'open');
  const child = spawn(command, args, {
    cwd: launch.cwd ?? folder,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, TMPDIR: process.env.TMPDIR, ...launch.env, ...env },
    stdio: ['ignore', log, log],
  });
  const ended = once(child, 'close');
  return {
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    async end() {
      child.kill(launch.stopSignal ?? 'SIGTERM');
      await ended;
      log.close();
    },
  };
}

async function untilAnswers<Facts>(launch: Launch<Facts>, process: { hasEnded(): boolean }, log: string): Promise<void> {
  const deadline = AbortSignal.timeout(60_000);
  while (!(await launch.answers(deadline))) {
    deadline.throwIfAborted();
    if (process.hasEnded()) throw new Error(`expected a server that answers; it ended: ${await readFile(log, 'utf8')}`);
    await pause(100);
  }
}
