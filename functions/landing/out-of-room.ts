/** Decides whether a chunk failed because it is too large for the function that lands it, and for what of it. */
import { DiskFull, MemoryFull } from '../errors.ts';

/** What a person does about chunks that are too large: the chunks of a batch that is open are as it was planned. */
export const smallerChunks = (dataset: string) =>
  `lower chunkRows in the contract, npx etl deploy, and have the batch planned anew: npx etl run --dataset ${dataset} --abandon --wait`;

/** Undefined when it failed for another reason. */
export function outOfRoom(dataset: string, cause: unknown): DiskFull | MemoryFull | undefined {
  const { code, message = '' } = cause as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || DISK.test(message)) {
    return new DiskFull({
      dataset,
      expected: 'room for the chunk in /tmp',
      found: 'no space left on the device',
      remedy: `${smallerChunks(dataset)}; or raise the ephemeral storage of the function extract`,
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
