import { expect, test } from '@jest/globals';
import type { KafkaRecord, RecordsBatch } from '@platformatic/kafka';
import { committedRecords, lastOffset } from '../../../../functions/sources/kafka/committed-records.ts';

const LOG_APPEND_TIME = 1 << 3;

function batch(firstOffset: bigint, deltas: number[], more: Partial<RecordsBatch> = {}): RecordsBatch {
  const records: KafkaRecord[] = deltas.map((offsetDelta) => ({
    length: 0,
    attributes: 0,
    timestampDelta: BigInt(offsetDelta),
    offsetDelta,
    key: null,
    value: null,
    headers: [],
  }));
  return {
    firstOffset,
    length: 0,
    partitionLeaderEpoch: 0,
    magic: 2,
    crc: 0,
    attributes: 0,
    lastOffsetDelta: deltas.at(-1) ?? 0,
    firstTimestamp: 1_000n,
    maxTimestamp: 9_000n,
    producerId: -1n,
    producerEpoch: 0,
    firstSequence: 0,
    records,
    ...more,
  };
}
const none = () => ({ control: 0, aborted: 0 });
const offsets = (batches: RecordsBatch[], from: bigint, to: bigint) =>
  committedRecords({ batches, aborted: [] }, from, to, none()).map(({ offset }) => offset);

test('a batch that begins before the range and ends after it gives the records inside alone', () => {
  expect(offsets([batch(10n, [0, 1, 2, 3, 4])], 12n, 14n)).toEqual([12n, 13n]);
});

test('records that compaction has taken leave holes, and the batch its last offset', () => {
  const compacted = batch(10n, [1, 4], { lastOffsetDelta: 7 });
  expect(offsets([compacted], 0n, 100n)).toEqual([11n, 14n]);
  expect(lastOffset(compacted)).toBe(17n);
  expect(lastOffset(batch(20n, [], { lastOffsetDelta: 3 }))).toBe(23n);
});

test("a record's time is its own, or the batch's where the broker sets it", () => {
  const times = (more: Partial<RecordsBatch>) =>
    committedRecords({ batches: [batch(0n, [0, 5], more)], aborted: [] }, 0n, 9n, none()).map(({ timestamp }) => timestamp);
  expect(times({})).toEqual([1_000n, 1_005n]);
  expect(times({ attributes: LOG_APPEND_TIME })).toEqual([9_000n, 9_000n]);
});
