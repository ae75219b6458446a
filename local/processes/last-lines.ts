/** The end of a log, for an error that has to say why. */
import { readFileSync } from 'node:fs';

const LINES = 8;

export function lastLines(path: string): string {
  return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-LINES).join('\n');
}
