/** Plans a batch of a topic: which offsets of each partition are new, and how they are shared out over chunks. */
import * as z from 'zod';
import type { Chunk, LandedColumn } from '../../batch/batch-plan.ts';
import { chunkId } from '../../batch/chunk-id.ts';
import type { Contract } from '../../contract/contract.ts';
import { isCountedBy } from '../counted.ts';
import type { PlanRequest, SourcePlan } from '../source.ts';
import { connect } from './connection.ts';
import { heldOf, recordHeld } from './held-offset.ts';
import { leadersOf } from './leaders.ts';
import { belowStart, beyondEnd, partitionsAdded, recreated } from './lost-position.ts';
import { recordSizes } from './record-sizes.ts';
import { type Range, shareOut } from './share-out.ts';
import { readTopic, type Topic } from './topic.ts';
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

/** Decompressed; a quarter of what DuckDB may take in the function before it spills to the disk. */
const CHUNK_BYTES = 256 * 1024 * 1024;
/** A range takes a request of its own at least: so many are over in seconds. */
const CHUNK_RANGES = 1_000;

export async function plan({ contract, watermark, mode }: PlanRequest): Promise<SourcePlan | undefined> {
  const kept = mode === 'full' || watermark === undefined ? undefined : KafkaWatermark.parse(watermark);
  const before = kept && isCountedBy(kept, { mode: contract.load.mode }) ? kept : undefined;
  const connection = await connect(contract.dataset, AbortSignal.timeout(PLAN_MS));
  try {
    const topic = await readTopic(connection, contract);
    const news = newOffsets(contract, topic, before);
    const added = news.ranges.filter(({ from, to }) => from < to);
    const held = heldOf(topic.partitions);
    // Most plans find nothing new and nothing held, and need nobody but the broker that told them so.
    const brokers = topic.partitions.map(({ leader }) => leader);
    const leaders = added.length + held.length === 0 ? undefined : await leadersOf(connection, contract.dataset, topic.id, brokers);
    await recordHeld(contract, leaders, held);
    return leaders && added.length > 0 ? planTopic(contract, topic.id, news, await recordSizes(leaders, added)) : undefined;
  } finally {
    await connection.close();
  }
}

export interface NewOffsets {
  /** Of each partition, what comes after the watermark; empty where nothing does. */
  ranges: Range[];
  /** What lay between the watermark and a range, and retention has taken: none, unless the contract accepts that. */
  lost: Range[];
  /** All that a compacted topic has: a key without a record is gone from the table that it is. */
  complete: boolean;
}

/** @throws TopicRecreated, PartitionsAdded, OffsetLost. */
export function newOffsets(contract: Contract, topic: Topic, before: KafkaWatermark | undefined): NewOffsets {
  if (before && before.topicId !== topic.id) {
    throw recreated(contract, before.topicId, `a topic of that name with the id ${topic.id}, whose offsets count from 0 again`);
  }
  if (before && contract.load.mode === 'compacted') checkPartitions(contract, topic, before);
  const ranges: Range[] = [];
  const lost: Range[] = [];
  for (const { partition, start, stable } of topic.partitions) {
    // From the start of the log when nothing was read of the partition before.
    const next = BigInt(before?.offsets[partition] ?? start);
    if (next > stable) throw beyondEnd(contract, partition, next, stable);
    if (next < start) {
      if (contract.load.lostOffsets !== 'accept') throw belowStart(contract, partition, next, start);
      lost.push({ partition, from: next, to: start });
    }
    ranges.push({ partition, from: next < start ? start : next, to: stable });
  }
  return { ranges, lost, complete: before === undefined && contract.load.mode === 'compacted' };
}

function checkPartitions(contract: Contract, { partitions }: Topic, { offsets }: KafkaWatermark): void {
  const known = Object.keys(offsets).length;
  if (partitions.length > known) throw partitionsAdded(contract, known, partitions.length);
}

export function planTopic(
  contract: Contract,
  topicId: string,
  { ranges, lost, complete }: NewOffsets,
  bytesAnOffset: (partition: number) => number,
): SourcePlan {
  const offsets = (of: 'from' | 'to') => Object.fromEntries(ranges.map((range) => [range.partition, String(range[of])]));
  const upper = offsets('to');
  const limits = { rows: contract.load.chunkRows, bytes: CHUNK_BYTES, ranges: CHUNK_RANGES };
  return {
    complete,
    precision: 'exact',
    bounds: { lower: offsets('from'), upper, ...(lost.length === 0 ? {} : { lost: lost.map(inText) }) },
    watermark: { topicId, offsets: upper, mode: contract.load.mode } satisfies KafkaWatermark,
    columns: COLUMNS,
    chunks: shareOut(ranges, bytesAnOffset, limits).map((shared, index) => chunkOf(topicId, shared, index)),
  };
}

const inText = ({ partition, from, to }: Range): OffsetRange => ({ partition, from: String(from), to: String(to) });

function chunkOf(topicId: string, ranges: Range[], index: number): Chunk {
  const read: z.infer<typeof KafkaRead> = { topicId, ranges: ranges.map(inText) };
  return { id: chunkId('rows', index), role: 'rows', columns: COLUMNS, read };
}
