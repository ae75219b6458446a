/** Decides whether a chunk failed because it is too large for the function that lands it, and for what of it. */
import { DiskFull, MemoryFull } from '../errors.ts';

/** Undefined when it failed for another reason. */
export function outOfRoom(dataset: string, cause: unknown): DiskFull | MemoryFull | undefined {
  const { code, message = '' } = cause as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || DISK.test(message)) {
    return new DiskFull({
      dataset,
      expected: 'room for the chunk in /tmp',
      found: 'no space left on the device',
      remedy: 'lower chunkRows in the contract, or raise the ephemeral storage of the function extract',
      cause,
    });
  }
  if (!MEMORY.test(message)) return undefined;
  return new MemoryFull({
    dataset,
    expected: 'room for the rows of the chunk in memory',
    found: 'that DuckDB may take no more',
    remedy: 'raise the memory of the function extract, of which DuckDB has half: a row is too long for it',
    cause,
  });
}

/** The system's words; and DuckDB's, which takes nine tenths of what is free on the disk and no more. */
const DISK = /no space left on device|failed to offload data block/i;
/** What cannot be spilled to the disk. */
const MEMORY = /out of memory error/i;
