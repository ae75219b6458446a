import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { down } from '../../../local/down.ts';
import { environmentFolder, readEnvironment, supervisorOf } from '../../../local/environment.ts';
import { processStart } from '../../../local/processes/process-start.mjs';
import { up } from '../../../local/up.ts';
import { until } from '../../until.ts';

const local = join(import.meta.dirname, '../../../local');
// A start takes a second, and several on a busy machine.
jest.setTimeout(60_000);

const services = ['postgres'] as const;
let name: string;
beforeEach(() => {
  name = `try-${randomBytes(4).toString('hex')}`;
});
afterEach(async () => {
  await down(name);
  rmSync(environmentFolder(name), { recursive: true, force: true });
});

/** Another process that brings the environment up, does what `then` says and waits; `then` may use `session`. */
async function starter(then: string): Promise<ChildProcess> {
  const script = `import { up } from ${JSON.stringify(join(local, 'up.ts'))};
    const session = await up('${name}', { services: ['postgres'] });
    ${then}
    console.log('up');
    setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout as NodeJS.ReadableStream, 'data');
  return child;
}
const pids = () => (readEnvironment(name)?.processes ?? []).map((each) => each.pid);
const gone = (list: number[]) => list.every((pid) => processStart(pid) === undefined);
async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exit = once(child, 'exit');
  child.kill(signal);
  await exit;
}

test('an environment that is up is used, not started again; down says what it has ended, and nothing the second time', async () => {
  const first = await up(name, { services });
  await first.keep();
  const second = await up(name, { services });
  expect([first.started, second.started]).toEqual([true, false]);
  expect(second.environment).toEqual(first.environment);
  const processes = pids();
  expect(await down(name)).toEqual(['postgres']);
  expect(gone(processes)).toBe(true);
  expect(readEnvironment(name)).toBeUndefined();
  expect(await down(name)).toEqual([]);
});

test('of two that start it at once, one does', async () => {
  const sessions = await Promise.all([up(name, { services }), up(name, { services })]);
  expect(sessions.map(({ started }) => started).sort()).toEqual([false, true]);
  expect(pids().length).toBe(1);
});

test('only the user may read environment.json, which holds passwords', async () => {
  await up(name, { services });
  expect(statSync(join(environmentFolder(name), 'environment.json')).mode & 0o777).toBe(0o600);
});

test('a starter that is killed before it has let go takes everything with it', async () => {
  const child = await starter('');
  const processes = pids();
  expect(processes.length).toBe(1);
  await kill(child, 'SIGKILL');
  await until('everything to be gone', () => gone(processes) && supervisorOf(name) === undefined);
});

test('a starter that gets SIGINT ends after everything it has started', async () => {
  const child = await starter('');
  const processes = pids();
  await kill(child, 'SIGINT');
  expect(child.exitCode).toBe(130);
  expect(gone(processes)).toBe(true);
});

test('once its starter has let go, it stays', async () => {
  const child = await starter('await session.keep();');
  const processes = pids();
  await kill(child, 'SIGKILL');
  const found = await up(name, { services });
  expect(found.started).toBe(false);
  expect(gone(processes)).toBe(false);
});

test('a supervisor that is killed takes its servers with it, and the next start is a fresh one over the same data', async () => {
  const first = await up(name, { services });
  const processes = pids();
  process.kill(first.environment.supervisor.pid, 'SIGKILL');
  await until('the supervisor to be gone', () => supervisorOf(name) === undefined);
  const second = await up(name, { services });
  expect(second.started).toBe(true);
  expect(gone(processes)).toBe(true);
  expect(second.environment.postgres?.admin).toEqual(first.environment.postgres?.admin);
});

test('an environment of which a server has ended is started anew', async () => {
  await up(name, { services });
  const [watcher = 0] = pids();
  process.kill(-watcher, 'SIGKILL');
  await until('the end to be noticed', () => readEnvironment(name)?.processes[0]?.ended !== undefined);
  const lines: string[] = [];
  const second = await up(name, { services, onProgress: (line) => lines.push(line) });
  expect(second.started).toBe(true);
  expect(lines[0]).toMatch(/postgres ended/);
});

test('a server that does not start is named with the end of its log, and nothing stays', async () => {
  const data = join(environmentFolder(name), 'postgres', 'data');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  writeFileSync(join(data, 'PG_VERSION'), '9.6\n');
  await expect(up(name, { services })).rejects.toThrow(/postgres: expected it to answer.*exit status 2.*postgres\.log/s);
  expect([readEnvironment(name), supervisorOf(name)]).toEqual([undefined, undefined]);
});
