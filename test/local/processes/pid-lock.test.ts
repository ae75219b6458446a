import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { pidLockHolder, takePidLock } from '../../../local/processes/pid-lock.mjs';

const module = join(import.meta.dirname, '../../../local/processes/pid-lock.mjs');
let folder: string;
let lock: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'etl lock-'));
  lock = join(folder, 'lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

const taking = `import { takePidLock } from ${JSON.stringify(module)}; console.log(takePidLock(process.argv[1]) ?? 'mine');`;

test('who holds the lock is told to everyone else', () => {
  expect(takePidLock(lock)).toBeUndefined();
  expect(pidLockHolder(lock)).toBe(process.pid);
  const other = spawnSync(process.execPath, ['--input-type=module', '-e', taking, lock], { encoding: 'utf8' });
  expect(other.stdout).toBe(`${process.pid}\n`);
  expect(readdirSync(folder)).toEqual(['lock']);
});

test('a dead holder loses it', () => {
  const other = spawnSync(process.execPath, ['--input-type=module', '-e', taking, lock], { encoding: 'utf8' });
  expect(other.stdout).toBe('mine\n');
  expect(pidLockHolder(lock)).toBeUndefined();
  expect(takePidLock(lock)).toBeUndefined();
  expect(pidLockHolder(lock)).toBe(process.pid);
});

test('a process that was given the pid of a dead holder does not hold it', () => {
  expect(takePidLock(lock)).toBeUndefined();
  const started = readFileSync(lock, 'utf8').split(' ')[1];
  writeFileSync(lock, `${process.pid} 1${started}`);
  expect(pidLockHolder(lock)).toBeUndefined();
});

test('of many that come at once, over the lock of a dead one, one gets it', async () => {
  spawnSync(process.execPath, ['--input-type=module', '-e', taking, lock]);
  const waiting = `${taking} setInterval(() => {}, 1000);`;
  const others = Array.from({ length: 6 }, () => spawn(process.execPath, ['--input-type=module', '-e', waiting, lock]));
  const answers = await Promise.all(others.map(async (each) => String((await once(each.stdout, 'data'))[0]).trim()));
  const winners = others.filter((_, at) => answers[at] === 'mine');
  expect(winners.length).toBe(1);
  expect(answers.filter((answer) => answer !== 'mine')).toEqual(Array.from({ length: 5 }, () => String(winners[0]?.pid)));
  for (const each of others) each.kill('SIGKILL');
  await Promise.all(others.map((each) => each.exitCode ?? each.signalCode ?? once(each, 'exit')));
});
