import { spawn } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { program } from './program.ts';

// The installer looks at every package of two environments.
jest.setTimeout(120_000);

const checkout = join(import.meta.dirname, '../../..');
let parent: string;
let copy: string;

/** A checkout with the parts of this one, so that nothing is fetched, and without the stamps that say so. */
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'etl set-up-'));
  copy = join(parent, 'a checkout');
  for (const path of ['local/setup', 'local/processes', 'cli/etl.mjs', 'package.json', 'package-lock.json', '.etl/jars']) {
    cpSync(join(checkout, path), join(copy, path), { recursive: true, filter: (source) => !source.endsWith('.set-up') });
  }
  for (const folder of ['node_modules', '.etl/python/lake', '.etl/python/installer']) shareContent(folder);
});
afterEach(() => rmSync(parent, { recursive: true }));

function shareContent(folder: string): void {
  mkdirSync(join(copy, folder), { recursive: true });
  for (const name of readdirSync(join(checkout, folder))) {
    if (name === '.bin') mkdirSync(join(copy, folder, name));
    else if (name !== '.set-up') symlinkSync(join(checkout, folder, name), join(copy, folder, name));
  }
}

async function setUp(path = process.env.PATH): Promise<{ output: string; errors: string; status: number | null }> {
  const child = spawn(process.execPath, [join(copy, 'local/setup/setup.mjs')], { env: { ...process.env, PATH: path } });
  const status = new Promise<number | null>((resolve) => child.on('close', resolve));
  const [output, errors] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { output, errors, status: await status };
}

test('set-up does what is missing, nothing the second time, and a part again when its lock has changed', async () => {
  const first = await setUp();
  expect([first.errors, first.status]).toEqual(['', 0]);
  expect(first.output).toMatch(/^Set-up: npm, lake, jars\n/);
  expect(await setUp()).toEqual({ output: '', errors: '', status: 0 });
  appendFileSync(join(copy, 'local/setup/locks/lake.txt'), '# changed\n');
  const third = await setUp();
  expect(third.output).toMatch(/^Set-up: lake\n/);
  expect(third.output).not.toMatch(/npm|jars/);
});

test('of two at once, one works and the other waits for it', async () => {
  const both = await Promise.all([setUp(), setUp()]);
  expect(both.map(({ status }) => status)).toEqual([0, 0]);
  const output = both.map((each) => each.output).join('');
  expect(output.match(/another one \(process \d+\) is at work/g)?.length).toBe(1);
  expect(output.match(/✓ npm packages/g)?.length).toBe(1);
});

test('a part that fails says how, and the next set-up does that part alone', async () => {
  const record = join(copy, 'node_modules/.package-lock.json');
  renameSync(record, join(parent, 'record'));
  program(join(parent, 'bin'), 'npm', 'npm error ENOSPC: no space left on device', 228);
  const failed = await setUp([join(parent, 'bin'), process.env.PATH].join(delimiter));
  expect(failed.status).toBe(1);
  expect(failed.errors).toMatch(/npm ci .*exit status 228\nnpm error ENOSPC: no space left on device\nTo go on where it stopped: node/s);
  renameSync(join(parent, 'record'), record);
  expect((await setUp()).output).toMatch(/^Set-up: npm\n/);
});
