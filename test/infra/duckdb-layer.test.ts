import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { duckdbLayer } from '../../infra/duckdb-layer.ts';

const checkout = join(import.meta.dirname, '../..');
const root = mkdtempSync(join(tmpdir(), 'etl-layer-'));
afterAll(() => rmSync(root, { recursive: true }));

/** The machine of an ELF file, as its header has it: 183 is 64-bit ARM. */
const machineOf = (file: string) => readFileSync(file).readUInt16LE(18);

test('the library of a platform that npm did not install here is fetched in the version of the lock, once', () => {
  const bindings = join('node_modules', '@duckdb', 'node-bindings');
  mkdirSync(join(root, 'node_modules', '@duckdb'), { recursive: true });
  cpSync(join(checkout, bindings), join(root, bindings), { recursive: true });
  const { folder, hash } = duckdbLayer(root, { os: 'linux', cpu: 'arm64' });
  const library = join(folder, 'nodejs', 'node_modules', '@duckdb', 'node-bindings-linux-arm64');
  const { version } = JSON.parse(readFileSync(join(root, bindings, 'package.json'), 'utf8'));
  expect(JSON.parse(readFileSync(join(library, 'package.json'), 'utf8')).version).toBe(version);
  expect(machineOf(join(library, 'duckdb.node'))).toBe(183);
  expect(readdirSync(join(root, '.etl', 'build'))).toEqual([hash]);

  rmSync(join(root, 'node_modules'), { recursive: true });
  cpSync(join(checkout, bindings), join(root, bindings), { recursive: true });
  expect(duckdbLayer(root, { os: 'linux', cpu: 'arm64' })).toEqual({ folder, hash });
}, 120_000);
