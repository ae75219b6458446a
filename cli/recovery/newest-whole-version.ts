/**
 * Which version of a backed-up table can be read: S3 replicates each object for itself, in no order, so that the newest version may name files
 * that never arrived.
 */
import type { LogEntry } from './log-entries.ts';

/** `entries` begin with a checkpoint or version 0 and have no gap. Undefined where no version has all its files. */
export function newestWholeVersion(entries: readonly LogEntry[], isThere: (file: string) => boolean): number | undefined {
  const incomplete = new Set<string>();
  let newest: number | undefined;
  for (const { version, adds, removes } of entries) {
    // Within a commit an add counts more than a remove of the same file: its deletion vector was exchanged.
    for (const file of removes) incomplete.delete(file);
    for (const [file, needed] of adds) {
      if (needed.every(isThere)) incomplete.delete(file);
      else incomplete.add(file);
    }
    if (incomplete.size === 0) newest = version;
  }
  return newest;
}
