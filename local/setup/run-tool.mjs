/** Runs one tool of set-up: its output is kept for when it fails, and it ends with set-up, in whatever way that ends. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const watched = fileURLToPath(new URL('../processes/watched.sh', import.meta.url));
const running = new Set();

/**
 * @param {string} program
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string | undefined> }} [options]
 * @returns {Promise<string>} standard output
 * @throws {ToolFailed}
 */
export function runTool(program, args, { cwd, env } = {}) {
  return new Promise((resolve, reject) => {
    // At once, since whatever a tool leaves half done is done again.
    const child = spawn('/bin/sh', [watched, 'KILL', '0', program, ...args], {
      cwd,
      env: { ...process.env, ...env },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    const [, stdout, stderr, lifeline] = child.stdio;
    running.add(lifeline);
    let output = '';
    let all = '';
    let status = '';
    stdout.on('data', (text) => {
      output += text;
      all += text;
    });
    stderr.on('data', (text) => {
      all += text;
    });
    lifeline.on('data', (text) => {
      status += text;
    });
    child.on('error', reject);
    child.on('close', () => {
      running.delete(lifeline);
      if (status === '0\n') resolve(output);
      else reject(new ToolFailed(program, args, `exit status ${status.trim()}\n${lastLines(all)}`));
    });
  });
}

export function endTools() {
  for (const lifeline of running) lifeline.destroy();
}

export class ToolFailed extends Error {
  name = 'ToolFailed';

  constructor(program, args, found) {
    super(`expected it to succeed: ${[program, ...args].join(' ')}\nfound: ${found}`);
  }
}

function lastLines(text) {
  return text.trimEnd().split('\n').slice(-20).join('\n');
}
