/** When a process began: with its pid this names it for good, since pids are given again. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** @returns {string | undefined} undefined when it has ended, whether or not its parent has asked how. */
export function processStart(pid) {
  if (process.platform === 'linux') {
    try {
      // The name in parentheses may hold anything: fields are counted after it.
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      return fields[0] === 'Z' ? undefined : fields[19];
    } catch (error) {
      if (error.code === 'ENOENT' || error.code === 'ESRCH') return undefined;
      throw error;
    }
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
  } catch (error) {
    if (error.status === 1) return undefined;
    throw error;
  }
}
