/** Which DuckDB library a stage's functions load, and the folder of the layer that carries it, whatever machine deploys. */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

export interface Platform {
  os: string;
  cpu: string;
}

/** On the laptop the emulator runs functions on this machine's own Node; on AWS they run on Linux x86-64. */
export function platformOf(stage: string): Platform {
  return stage === 'local' ? { os: process.platform, cpu: process.arch } : { os: 'linux', cpu: 'x64' };
}

export interface Layer {
  folder: string;
  /** Stands for the content, so that 68 MB need not be read to know that nothing changed. */
  hash: string;
}

/** Made once a version and platform and kept under `.etl/build/`. */
export function duckdbLayer(root: string, { os, cpu }: Platform): Layer {
  const version = versionOf(join(root, 'node_modules', '@duckdb', 'node-bindings'));
  const name = `node-bindings-${os}-${cpu}`;
  const hash = `duckdb-${version}-${os}-${cpu}`;
  const folder = join(root, '.etl', 'build', hash);
  if (existsSync(folder)) return { folder, hash };
  const build = join(root, '.etl', 'build');
  mkdirSync(build, { recursive: true });
  const half = mkdtempSync(join(build, 'layer-'));
  const packages = join(half, 'nodejs', 'node_modules', '@duckdb');
  mkdirSync(packages, { recursive: true });
  const installed = join(root, 'node_modules', '@duckdb', name);
  const source = existsSync(installed) && versionOf(installed) === version ? installed : installedFor(half, name, version, { os, cpu });
  cpSync(source, join(packages, name), { recursive: true });
  rmSync(join(half, 'npm'), { recursive: true, force: true });
  finish(half, folder);
  return { folder, hash };
}

/** For a platform that is not this machine's, which `npm ci` leaves out. */
function installedFor(half: string, name: string, version: string, { os, cpu }: Platform): string {
  const prefix = join(half, 'npm');
  mkdirSync(prefix);
  const options = [
    '--no-save',
    '--no-package-lock',
    '--ignore-scripts',
    '--force',
    '--no-audit',
    '--no-fund',
    `--os=${os}`,
    `--cpu=${cpu}`,
  ];
  execFileSync('npm', ['install', '--prefix', prefix, ...options, `@duckdb/${name}@${version}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return join(prefix, 'node_modules', '@duckdb', name);
}

/** Whole or not at all: two deployments may make it at once, and the first one's stays. */
function finish(half: string, folder: string): void {
  try {
    renameSync(half, folder);
  } catch (error) {
    rmSync(half, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

function versionOf(folder: string): string {
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))).version;
}
