/** Installs a Python environment from its lock: by uv, which takes seconds, or by pip where uv is not to be had. */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { checkout } from './parts.mjs';
import { runTool } from './run-tool.mjs';
import { authorityFiles } from './trust.mjs';

const locks = join(checkout, 'local', 'setup', 'locks');
const tool = join(checkout, '.etl', 'python', 'installer');
const bin = (folder, program) => join(folder, 'bin', program);

/**
 * @param {string} python interpreter
 * @returns {Promise<'uv' | 'pip'>} what there is to install with
 */
export async function getInstaller(python) {
  if (await works(bin(tool, 'uv'), ['--version'])) return 'uv';
  rmSync(tool, { recursive: true, force: true });
  mkdirSync(join(checkout, '.etl', 'python'), { recursive: true });
  await runTool(python, ['-m', 'venv', tool]);
  try {
    await runTool(bin(tool, 'python'), ['-m', 'pip', 'install', '--require-hashes', '--requirement', join(locks, 'uv.txt')], {
      env: variables(),
    });
    return 'uv';
  } catch (error) {
    process.stderr.write(`setup: uv is not to be had here, so pip installs, which takes longer: ${error.message.split('\n').at(-1)}\n`);
    return 'pip';
  }
}

/**
 * @param {{ folder: string, lock: string }} environment
 * @param {string} python interpreter
 * @param {'uv' | 'pip'} installer
 */
export async function installPython({ folder, lock }, python, installer) {
  const own = bin(folder, 'python');
  if (installer === 'uv') {
    const env = {
      ...variables(),
      ...(await packageIndex()),
      UV_CACHE_DIR: process.env.UV_CACHE_DIR ?? join(checkout, '.etl', 'cache', 'uv'),
    };
    const uv = bin(tool, 'uv');
    // An environment that works is kept and only brought to the lock: what runs in it goes on.
    if (!(await works(own, ['-c', '']))) await runTool(uv, ['venv', '--clear', '--python', python, folder], { env });
    await runTool(uv, ['pip', 'sync', '--python', own, '--require-hashes', lock], { env });
  } else {
    if (!(await works(own, ['-m', 'pip', '--version']))) await runTool(python, ['-m', 'venv', '--clear', folder]);
    await runTool(own, ['-m', 'pip', 'install', '--require-hashes', '--requirement', lock], { env: variables() });
  }
}

/** uv reads neither pip's settings nor, unless told, the system's authorities. */
async function packageIndex() {
  if (process.env.UV_DEFAULT_INDEX) return {};
  const index = process.env.PIP_INDEX_URL ?? (await outputOf(bin(tool, 'python'), ['-m', 'pip', 'config', 'get', 'global.index-url']));
  return index ? { UV_DEFAULT_INDEX: index.trim() } : {};
}

/** No question whether there is a newer pip, whose answer would stand where the reason of a failure stands. */
function variables() {
  const [file] = authorityFiles();
  return { PIP_DISABLE_PIP_VERSION_CHECK: '1', ...(file && { SSL_CERT_FILE: file, PIP_CERT: file }) };
}

async function works(program, args) {
  return existsSync(program) && (await outputOf(program, args)) !== undefined;
}

/** undefined when it fails. */
function outputOf(program, args) {
  return runTool(program, args).catch(() => undefined);
}
