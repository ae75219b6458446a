/** Decides who may work on something alone: a file that names the process which does; a dead one's file is taken over. */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { processStart } from './process-start.mjs';

/**
 * @param {string} path
 * @returns {number | undefined} undefined when the lock is now this process's, else the pid of the holder.
 */
export function takePidLock(path) {
  const mine = `${path}.${process.pid}`;
  writeFileSync(mine, `${process.pid} ${processStart(process.pid)}`);
  try {
    for (;;) {
      try {
        // A link appears whole and only where there is none: nobody reads half a pid.
        linkSync(mine, path);
        return undefined;
      } catch (error) {
        if (error.code !== 'EEXIST') throw error;
      }
      const holder = pidLockHolder(path);
      if (holder !== undefined) return holder;
      removeDead(path);
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/**
 * @param {string} path
 * @returns {number | undefined} the pid in the file, if that very process still runs.
 */
export function pidLockHolder(path) {
  let text;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
  const [, pid, started] = /^(\d+) (.*)$/s.exec(text) ?? [];
  return started !== undefined && processStart(Number(pid)) === started ? Number(pid) : undefined;
}

function removeDead(path) {
  const aside = `${path}.dead.${process.pid}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  // Between looking and moving another may have taken the dead one's place: give it back.
  if (pidLockHolder(aside) !== undefined) linkSync(aside, path);
  rmSync(aside);
}
