/**
 * The process that an environment hangs on: `supervisor.ts <environment> [--fresh] <service>…`. It starts the servers, writes
 * environment.json, starts nothing again, and ends them all: when told (SIGTERM), when one does not start, when the process that started it
 * is gone before it said `keep`, and, through their watchers, when it dies itself.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { certificates } from '../certificates/certificates.ts';
import { checkout, environmentFolder, readEnvironment } from '../environment.ts';
import { EnvironmentFile } from './environment-file.ts';
import { freePorts } from './free-ports.ts';
import { installed } from './installed.ts';
import { untilGone } from './leftovers.ts';
import type { Message } from './message.ts';
import { takePidLock } from './pid-lock.mjs';
import { servicesNamed } from './services.ts';
import { startService } from './start-service.ts';
import type { WatchedProcess } from './watched-process.ts';

const [name = '', ...words] = process.argv.slice(2);
const folder = environmentFolder(name);
const lock = join(folder, 'supervisor.pid');
const running: WatchedProcess[] = [];
const stop = new AbortController();
const TOLD = Symbol('told to end');
let kept = false;

process.on('SIGTERM', () => stop.abort(TOLD));
process.on('SIGINT', () => stop.abort(TOLD));
process.on('message', (message) => {
  kept ||= message === 'keep';
});
process.on('disconnect', () => {
  if (!kept) stop.abort(TOLD);
});

mkdirSync(folder, { recursive: true, mode: 0o700 });
if (takePidLock(lock) === undefined) await supervise();
else tell({ kind: 'taken' });
// A starter that still listens would keep this process alive.
if (process.connected) process.disconnect();

async function supervise(): Promise<void> {
  await untilGone(readEnvironment(name)?.processes ?? []);
  prepareFolder();
  const file = new EnvironmentFile(name);
  try {
    await startAll(file);
    file.markUp();
    tell({ kind: 'up' });
    await stopped();
  } catch (error) {
    const why = stop.signal.aborted ? stop.signal.reason : error;
    // Being told to end while starting is no failure.
    if (why !== TOLD) tell({ kind: 'failed', message: why instanceof Error ? why.message : String(why) });
  } finally {
    await Promise.all(running.map((each) => each.end()));
    file.remove();
    rmSync(lock);
  }
}

/** Everything at once. The first that fails stops the others, and is what is reported. */
async function startAll(file: EnvironmentFile): Promise<void> {
  const { java, python } = installed();
  const ports = await freePorts(['aws', 'sparkDriver', 'postgres', 'kafka', 'kafkaController', 'snowflake']);
  const place = { environment: name, checkout, ports, java, python, certificates: await certificates(join(checkout, '.etl'), python.lake) };
  const starts = servicesNamed(words).map(async (service) => {
    const began = performance.now();
    try {
      await startService(service, place, { file, signal: stop.signal, onProcess: (each) => running.push(each) });
    } catch (error) {
      stop.abort(error);
      return;
    }
    tell({ kind: 'ready', service: service.name, seconds: (performance.now() - began) / 1000 });
  });
  await Promise.all(starts);
  stop.signal.throwIfAborted();
}

function prepareFolder(): void {
  const kept = words.includes('--fresh') ? ['supervisor.pid', 'logs'] : readdirSync(folder).filter((each) => each !== 'tmp');
  for (const each of readdirSync(folder)) if (!kept.includes(each)) rmSync(join(folder, each), { recursive: true, force: true });
  for (const each of ['logs', 'tmp']) mkdirSync(join(folder, each), { recursive: true });
}

function stopped(): Promise<void> {
  return new Promise((resolve) => {
    // Keeps this process waiting to be told even when all of its servers have ended.
    const waiting = setInterval(() => undefined, 1 << 30);
    stop.signal.addEventListener('abort', () => {
      clearInterval(waiting);
      resolve();
    });
  });
}

function tell(message: Message): void {
  if (process.connected) process.send?.(message);
}
