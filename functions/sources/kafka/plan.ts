/** Plans a batch of a topic: which offsets of each partition are new, and how they are shared out over chunks. */
import * as z from 'zod';
import type { Chunk, LandedColumn } from '../../batch/batch-plan.ts';
import { chunkId } from '../../batch/chunk-id.ts';
import type { Contract } from '../../contract/contract.ts';
import type { PlanRequest, SourcePlan } from '../source.ts';
import { connect } from './connection.ts';
import { belowStart, beyondEnd, recreated } from './lost-position.ts';
import { type Partition, readTopic, type Topic } from './topic.ts';
import { KafkaWatermark } from './watermark.ts';

/** `from` is read and `to` is not. */
const OffsetRange = z.object({ partition: z.number().int(), from: z.string(), to: z.string() });
export type OffsetRange = z.infer<typeof OffsetRange>;
export const KafkaRead = z.object({ topicId: z.string(), ranges: z.array(OffsetRange).min(1) });

export const COLUMNS: LandedColumn[] = [
  { name: 'partition', type: 'INTEGER' },
  { name: 'offset', type: 'BIGINT' },
  { name: 'timestamp', type: 'BIGINT' },
  { name: 'key', type: 'BLOB' },
  { name: 'value', type: 'BLOB' },
  { name: 'headers', type: 'VARCHAR' },
];

/** A plan asks for metadata and offsets only: a cluster that has not answered by then is out of reach. */
const PLAN_MS = 30_000;

export async function plan({ contract, watermark, mode }: PlanRequest): Promise<SourcePlan | undefined> {
  const before = mode === 'full' || watermark === undefined ? undefined : KafkaWatermark.parse(watermark);
  const connection = await connect(contract.dataset, AbortSignal.timeout(PLAN_MS));
  try {
    return planTopic(contract, await readTopic(connection, contract), before);
  } finally {
    await connection.close();
  }
}

/** @throws TopicRecreated, OffsetLost. */
export function planTopic(contract: Contract, topic: Topic, before: KafkaWatermark | undefined): SourcePlan | undefined {
  if (before && before.topicId !== topic.id) {
    throw recreated(contract, before.topicId, `a topic of that name with the id ${topic.id}, whose offsets count from 0 again`);
  }
  const ranges = topic.partitions.map((partition) => ({
    partition: partition.partition,
    from: lowerOffset(contract, before?.offsets[partition.partition], partition),
    to: partition.stable,
  }));
  const added = ranges.filter(({ from, to }) => from < to);
  if (added.length === 0) return undefined;
  const upper = Object.fromEntries(ranges.map(({ partition, to }) => [partition, String(to)]));
  return {
    complete: false,
    precision: 'exact',
    bounds: { lower: Object.fromEntries(ranges.map(({ partition, from }) => [partition, String(from)])), upper },
    watermark: { topicId: topic.id, offsets: upper } satisfies KafkaWatermark,
    columns: COLUMNS,
    chunks: shareOut(added, BigInt(contract.load.chunkRows)).map((ranges, index) => chunkOf(topic.id, ranges, index)),
  };
}

interface Range {
  partition: number;
  from: bigint;
  to: bigint;
}

/** From the start of the log when nothing was read of the partition before. */
function lowerOffset(contract: Contract, committed: string | undefined, { partition, start, stable }: Partition): bigint {
  if (committed === undefined) return start;
  const next = BigInt(committed);
  if (next < start) throw belowStart(contract, partition, next, start);
  if (next > stable) throw beyondEnd(contract, partition, next, stable);
  return next;
}

/** Ranges in order, cut so that no chunk covers more than `limit` offsets: that is the most records it can hold. */
function shareOut(ranges: Range[], limit: bigint): Range[][] {
  const chunks: Range[][] = [];
  let room = 0n;
  for (const { partition, from, to } of ranges) {
    for (let at = from; at < to; ) {
      if (room === 0n) {
        chunks.push([]);
        room = limit;
      }
      const end = to - at < room ? to : at + room;
      chunks.at(-1)?.push({ partition, from: at, to: end });
      room -= end - at;
      at = end;
    }
  }
  return chunks;
}

function chunkOf(topicId: string, ranges: Range[], index: number): Chunk {
  const read: z.infer<typeof KafkaRead> = {
    topicId,
    ranges: ranges.map(({ partition, from, to }) => ({ partition, from: String(from), to: String(to) })),
  };
  return { id: chunkId('rows', index), role: 'rows', columns: COLUMNS, read };
}
