import { expect, test } from '@jest/globals';
import { planTopic } from '../../../../functions/sources/kafka/plan.ts';
import { topicContract } from './kafka-broker.ts';

const events = topicContract('events', { chunkRows: 10 });
const topic = (...ranges: [start: bigint, stable: bigint][]) => ({
  id: 'topic-1',
  partitions: ranges.map(([start, stable], partition) => ({ partition, leader: 1, start, stable })),
});
const chunks = (found: ReturnType<typeof planTopic>) =>
  found?.chunks.map(({ id, read }) => [
    id,
    ...(read as { ranges: { partition: number; from: string; to: string }[] }).ranges.map(
      ({ partition, from, to }) => `${partition}:${from}-${to}`,
    ),
  ]);

test('a chunk covers at most chunkRows offsets: small ranges share one, a large one is cut', () => {
  expect(chunks(planTopic(events, topic([0n, 4n], [100n, 103n], [0n, 0n], [5n, 30n]), undefined))).toEqual([
    ['rows-0001', '0:0-4', '1:100-103', '3:5-8'],
    ['rows-0002', '3:8-18'],
    ['rows-0003', '3:18-28'],
    ['rows-0004', '3:28-30'],
  ]);
});

test('offsets beyond what a JavaScript number holds stay exact', () => {
  const found = planTopic(events, topic([9_007_199_254_740_993n, 9_007_199_254_740_995n]), undefined);
  expect(chunks(found)).toEqual([['rows-0001', '0:9007199254740993-9007199254740995']]);
  expect(found?.watermark).toEqual({ topicId: 'topic-1', offsets: { 0: '9007199254740995' } });
});

test('a partition without anything new keeps its place in the watermark', () => {
  const found = planTopic(events, topic([0n, 5n], [0n, 7n]), { topicId: 'topic-1', offsets: { 0: '5', 1: '6' } });
  expect(chunks(found)).toEqual([['rows-0001', '1:6-7']]);
  expect(found?.watermark).toEqual({ topicId: 'topic-1', offsets: { 0: '5', 1: '7' } });
});
