/** Runs one tool of set-up: its output is kept for when it fails, and it ends with set-up. */
import { spawn } from 'node:child_process';

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
    // A group of its own, so that what the tool starts is ended with it.
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    let output = '';
    let all = '';
    child.stdout.on('data', (text) => {
      output += text;
      all += text;
    });
    child.stderr.on('data', (text) => {
      all += text;
    });
    child.on('error', (cause) => {
      running.delete(child);
      reject(new ToolFailed(program, args, cause.message));
    });
    child.on('close', (status, signal) => {
      running.delete(child);
      if (status === 0) resolve(output);
      else reject(new ToolFailed(program, args, `${signal ?? `exit status ${status}`}\n${lastLines(all)}`));
    });
  });
}

export function endTools() {
  for (const { pid } of running) {
    try {
      process.kill(-pid, 'SIGTERM');
    } catch (error) {
      // Ended by itself a moment ago.
      if (error.code !== 'ESRCH') throw error;
    }
  }
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
