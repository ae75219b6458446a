import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { processStart } from '../../../local/processes/process-start.mjs';
import { startWatched } from '../../../local/processes/watched-process.ts';
import { until } from '../../until.ts';

const module = join(import.meta.dirname, '../../../local/processes/watched-process.ts');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'etl watched-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Starts a child of its own, writes both pids into `pids`, and then waits. */
const twoProcesses = (trap = ''): [string, ...string[]] => [
  'sh',
  '-c',
  `${trap} sleep 600 & echo $$ $! > pids.new; mv pids.new pids; wait; wait; wait`,
];
const where = () => ({ output: 'pipe' as const, folder, inherited: { PATH: process.env.PATH } });
async function startedPids(): Promise<number[]> {
  await until('the server to have started', () => statSync(join(folder, 'pids'), { throwIfNoEntry: false }) !== undefined);
  return readFileSync(join(folder, 'pids'), 'utf8').trim().split(' ').map(Number);
}
const allGone = (pids: number[]) => pids.every((pid) => processStart(pid) === undefined);

test('ending a server ends what it has started, too', async () => {
  const server = startWatched({ command: twoProcesses() }, where());
  const pids = [server.pid, ...(await startedPids())];
  expect(pids.some((pid) => processStart(pid) === undefined)).toBe(false);
  await server.end();
  await until('all processes to be gone', () => allGone(pids));
  expect(await server.ended).toBeUndefined();
});

test('a server that ends by itself says how, and leaves nothing behind', async () => {
  const server = startWatched({ command: ['sh', '-c', 'sleep 600 & echo $$ $! > pids; exit 7'] }, where());
  expect(await server.ended).toBe(7);
  const pids = await startedPids();
  await until('all processes to be gone', () => allGone(pids));
});

test('a supervisor killed by SIGKILL takes its servers with it', async () => {
  const options = JSON.stringify(where());
  const command = JSON.stringify(twoProcesses());
  const script = `import { startWatched } from ${JSON.stringify(module)};
    console.log(startWatched({ command: ${command} }, ${options}).pid);`;
  const supervisor = spawn(process.execPath, ['--input-type=module-typescript', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [watcher] = await once(supervisor.stdout, 'data');
  const pids = [Number(watcher), ...(await startedPids())];
  supervisor.kill('SIGKILL');
  await until('all processes to be gone', () => allGone(pids));
});

test('a server that does not heed the signal is killed when its time is over', async () => {
  const watched = join(import.meta.dirname, '../../../local/processes/watched.sh');
  const watcher = spawn('/bin/sh', [watched, 'TERM', '1', ...twoProcesses("trap '' TERM;")], {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
  });
  const ended = once(watcher, 'exit');
  const pids = await startedPids();
  const began = performance.now();
  watcher.stdio[3]?.destroy();
  await ended;
  expect(performance.now() - began).toBeGreaterThan(900);
  await until('all processes to be gone', () => allGone(pids));
});

test('a server gets the variables of its description and no others of the user', async () => {
  const server = startWatched({ command: ['env'], env: { OWN: 'yes' } }, where());
  const [output] = await Promise.all([text(server.output[0] as Readable), server.ended]);
  const names = output
    .trim()
    .split('\n')
    .map((line) => line.split('=')[0]);
  expect(names.filter((name) => name !== '_' && name !== 'PWD').sort()).toEqual(['OWN', 'PATH']);
});
