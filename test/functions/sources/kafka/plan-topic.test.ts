import { expect, test } from '@jest/globals';
import type { Contract } from '../../../../functions/contract/contract.ts';
import { newOffsets, planTopic } from '../../../../functions/sources/kafka/plan.ts';
import type { Topic } from '../../../../functions/sources/kafka/topic.ts';
import type { KafkaWatermark } from '../../../../functions/sources/kafka/watermark.ts';
import { topicContract } from './kafka-broker.ts';

const MEBIBYTE = 1024 * 1024;
const events = topicContract('events', { chunkRows: 10 });
const topic = (...ranges: [start: bigint, stable: bigint][]): Topic => ({
  id: 'topic-1',
  partitions: ranges.map(([start, stable], partition) => ({ partition, leader: 1, start, stable, end: stable })),
});
const rangesIn = ({ read }: { read?: unknown }) =>
  (read as { ranges: { partition: number; from: string; to: string }[] }).ranges.map(
    ({ partition, from, to }) => `${partition}:${from}-${to}`,
  );

function planned(of: Contract, found: Topic, before?: KafkaWatermark, bytes: (partition: number) => number = () => 1) {
  const plan = planTopic(of, found.id, newOffsets(of, found, before), bytes);
  return { ...plan, ranges: plan.chunks.map((chunk) => [chunk.id, ...rangesIn(chunk)]) };
}

test('a chunk covers at most chunkRows offsets: small ranges share one, a large one is cut', () => {
  expect(planned(events, topic([0n, 4n], [100n, 103n], [0n, 0n], [5n, 30n])).ranges).toEqual([
    ['rows-0001', '0:0-4', '1:100-103', '3:5-8'],
    ['rows-0002', '3:8-18'],
    ['rows-0003', '3:18-28'],
    ['rows-0004', '3:28-30'],
  ]);
});

test('a chunk holds no more than 256 MiB by the size of the records of each partition, and one record however large', () => {
  const sizes = [100 * MEBIBYTE, MEBIBYTE, 300 * MEBIBYTE];
  const found = planned(
    { ...events, load: { ...events.load, chunkRows: 1_000 } },
    topic([0n, 3n], [0n, 200n], [0n, 2n]),
    undefined,
    (partition) => sizes[partition] ?? 0,
  );
  expect(found.ranges).toEqual([
    ['rows-0001', '0:0-2'],
    ['rows-0002', '0:2-3', '1:0-156'],
    ['rows-0003', '1:156-200'],
    ['rows-0004', '2:0-1'],
    ['rows-0005', '2:1-2'],
  ]);
});

test('10,000 partitions are planned whole: each once, at most a thousand of them in a chunk', () => {
  const wide = topic(...Array.from({ length: 10_000 }, (_, partition): [bigint, bigint] => [0n, BigInt(partition % 3)]));
  const found = planned({ ...events, load: { ...events.load, chunkRows: 1_000_000 } }, wide);
  const counts = found.ranges.map((ranges) => ranges.length - 1);
  expect(counts).toEqual([1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 666]);
  const expected = Array.from({ length: 10_000 }, (_, partition) => partition).filter((partition) => partition % 3 > 0);
  expect(found.ranges.flatMap(([, ...ranges]) => ranges)).toEqual(expected.map((partition) => `${partition}:0-${partition % 3}`));
  expect(Object.keys((found.watermark as KafkaWatermark).offsets)).toHaveLength(10_000);
});

test('offsets beyond what a JavaScript number holds stay exact', () => {
  const found = planned(events, topic([9_007_199_254_740_993n, 9_007_199_254_740_995n]));
  expect(found.ranges).toEqual([['rows-0001', '0:9007199254740993-9007199254740995']]);
  expect(found.watermark).toEqual({ topicId: 'topic-1', offsets: { 0: '9007199254740995' }, mode: 'offsets' });
});

test('a partition without anything new keeps its place in the watermark', () => {
  const found = planned(events, topic([0n, 5n], [0n, 7n]), { topicId: 'topic-1', offsets: { 0: '5', 1: '6' } });
  expect(found.ranges).toEqual([['rows-0001', '1:6-7']]);
  expect(found.watermark).toEqual({ topicId: 'topic-1', offsets: { 0: '5', 1: '7' }, mode: 'offsets' });
});

test('a compacted topic that is read from its beginning is all there is, and later batches are what has changed', () => {
  const table = topicContract('stock', { chunkRows: 10, mode: 'compacted' });
  const first = planned(table, topic([2n, 5n]));
  expect([first.complete, first.ranges]).toEqual([true, [['rows-0001', '0:2-5']]]);
  expect(planned(table, topic([2n, 7n]), first.watermark as KafkaWatermark)).toMatchObject({ complete: false });
  expect(planned(events, topic([2n, 5n])).complete).toBe(false);
});

test('partitions that a compacted topic gains are PartitionsAdded, since offsets order the records of one alone; events go on', () => {
  const before = { topicId: 'topic-1', offsets: { 0: '5' } };
  const two = topic([0n, 5n], [0n, 3n]);
  expect(() => planned(topicContract('stock', { mode: 'compacted' }), two, before)).toThrow(
    expect.objectContaining({ code: 'PartitionsAdded', retry: 'never', expected: expect.stringContaining('the 1 partitions of stock') }),
  );
  expect(planned(events, two, before).ranges).toEqual([['rows-0001', '1:0-3']]);
});

test('of a compacted topic that has lost offsets nobody is told to go on without them', () => {
  const before = { topicId: 'topic-1', offsets: { 0: '5' } };
  const remedyOf = (mode: 'offsets' | 'compacted') => {
    try {
      planned(topicContract('stock', { mode }), topic([7n, 9n]), before);
    } catch (error) {
      return String(error);
    }
    return 'planned';
  };
  expect(remedyOf('offsets')).toMatch(/^OffsetLost.*lostOffsets: accept.*"mode": "full"/);
  expect(remedyOf('compacted')).toMatch(/^OffsetLost(?!.*lostOffsets).*"mode": "full"/);
});
