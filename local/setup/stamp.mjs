/** Decides which parts of set-up are missing: a part carries a stamp, written last, of what decides it. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { javaRecord, parts } from './parts.mjs';

const NAME = '.set-up';

/** Whether nothing is left to do; takes a few milliseconds, so that every command may ask. */
export function isSetUp() {
  return missingParts().length === 0 && hasJava();
}

/** @returns {(keyof typeof parts)[]} */
export function missingParts() {
  return Object.keys(parts).filter((name) => readIfThere(join(parts[name].folder, NAME)) !== stampOf(name) || !isUsable(name));
}

function hasJava() {
  const record = readIfThere(javaRecord);
  return record !== undefined && existsSync(JSON.parse(record).java);
}

/** @param {keyof typeof parts} name */
export function stampPart(name) {
  writeFileSync(join(parts[name].folder, NAME), stampOf(name));
}

function stampOf(name) {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  hash.update(readFileSync(parts[name].lock));
  return hash.digest('hex');
}

/** An environment whose Python was removed or replaced is there and yet of no use. */
function isUsable(name) {
  return name !== 'lake' || existsSync(join(parts[name].folder, 'bin', 'python'));
}

function readIfThere(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}
