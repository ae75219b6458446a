/** How large the records of each partition are, by a sample of them: chunks are cut by it. */
import type { KafkaRecord } from '@platformatic/kafka';
import { lastOffset } from './committed-records.ts';
import { brokerSays, fetchPiece, type Leaders, type Piece } from './fetch-piece.ts';
import type { Range } from './share-out.ts';

/** Those with the most that is new; the others are taken for the mean of these. A plan of 10,000 partitions asks no more. */
const PARTITIONS = 64;
const AT_ONCE = 4;
/** A broker sends one batch whole even so: most hold hundreds of records. */
const SAMPLE_BYTES = 16 * 1024;
/** Where nothing could be sampled. */
const UNKNOWN = 1024;

/** Answers bytes of key, value and headers an offset, decompressed; an offset without a record counts as empty. */
export async function recordSizes(leaders: Leaders, ranges: readonly Range[]): Promise<(partition: number) => number> {
  const waiting = ranges.toSorted((a, b) => Number(b.to - b.from - (a.to - a.from))).slice(0, PARTITIONS);
  const sizes = new Map<number, number>();
  const sampler = async () => {
    for (let range = waiting.shift(); range; range = waiting.shift()) {
      const size = await sampledSize(leaders, range);
      if (size !== undefined) sizes.set(range.partition, Math.max(1, size));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, sampler));
  const mean = sizes.size === 0 ? UNKNOWN : [...sizes.values()].reduce((sum, size) => sum + size, 0) / sizes.size;
  return (partition) => sizes.get(partition) ?? mean;
}

async function sampledSize(leaders: Leaders, { partition, from }: Range): Promise<number | undefined> {
  const sample = fetchPiece(leaders, { partition, offset: from }, { bytes: SAMPLE_BYTES });
  const piece: Piece = await sample.catch((error: unknown) => {
    // Retention took the offset since the plan asked: who reads the range says so by name.
    if (brokerSays(error, 'OFFSET_OUT_OF_RANGE')) return { throttled: 0 };
    throw error;
  });
  if ('throttled' in piece) return undefined;
  const offsets = piece.batches.reduce((sum, batch) => sum + Number(lastOffset(batch) - batch.firstOffset) + 1, 0);
  const bytes = piece.batches.reduce((sum, { records }) => sum + records.reduce((of, record) => of + bytesOf(record), 0), 0);
  return offsets === 0 ? undefined : bytes / offsets;
}

function bytesOf({ key, value, headers }: KafkaRecord): number {
  return [key, value, ...headers.flat()].reduce((sum, part) => sum + (part?.length ?? 0), 0);
}
