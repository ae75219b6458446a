/** Which records of a fetched piece of the log were committed: those of aborted transactions and the markers between them are left out. */
import type { KafkaRecord, RecordsBatch } from '@platformatic/kafka';

const TRANSACTIONAL = 1 << 4;
const CONTROL = 1 << 5;
const LOG_APPEND_TIME = 1 << 3;
/** Type of a control record, after its version: 0 aborts, 1 commits. */
const ABORT = 0;

export interface FetchedLog {
  batches: readonly RecordsBatch[];
  /** Every aborted transaction that reaches into the piece, as the broker's index has it. */
  aborted: readonly { producerId: bigint; firstOffset: bigint }[];
}

export interface CommittedRecord {
  offset: bigint;
  timestamp: bigint;
  record: KafkaRecord;
}

export interface Counts {
  control: number;
  aborted: number;
}

/** The records at offsets from `from` to below `to`, in order; those left out are added to `counts`. */
export function committedRecords({ batches, aborted }: FetchedLog, from: bigint, to: bigint, counts: Counts): CommittedRecord[] {
  const upcoming = [...aborted].sort((a, b) => Number(a.firstOffset - b.firstOffset));
  const abortedProducers = new Set<bigint>();
  const committed: CommittedRecord[] = [];
  for (const batch of batches) {
    while (upcoming[0] && upcoming[0].firstOffset <= lastOffset(batch)) abortedProducers.add(upcoming.shift()?.producerId ?? -1n);
    if (batch.attributes & CONTROL) {
      if (isAbort(batch)) abortedProducers.delete(batch.producerId);
      counts.control += inRange(batch, from, to).length;
    } else if (batch.attributes & TRANSACTIONAL && abortedProducers.has(batch.producerId)) {
      counts.aborted += inRange(batch, from, to).length;
    } else {
      for (const record of inRange(batch, from, to)) committed.push(withPlace(batch, record));
    }
  }
  return committed;
}

/** The batch's own last offset, which stays when compaction has taken its last records. */
export const lastOffset = ({ firstOffset, lastOffsetDelta }: RecordsBatch) => firstOffset + BigInt(lastOffsetDelta);

/** The range is cut at batches mostly: only the first and the last one of a range are looked through. */
function inRange(batch: RecordsBatch, from: bigint, to: bigint): KafkaRecord[] {
  if (batch.firstOffset >= from && lastOffset(batch) < to) return batch.records;
  const [lowest, end] = [Number(from - batch.firstOffset), Number(to - batch.firstOffset)];
  return batch.records.filter(({ offsetDelta }) => offsetDelta >= lowest && offsetDelta < end);
}

function withPlace(batch: RecordsBatch, record: KafkaRecord): CommittedRecord {
  return { offset: batch.firstOffset + BigInt(record.offsetDelta), timestamp: timestampOf(batch, record), record };
}

/** Milliseconds since the epoch: the record's own time, or the batch's where the broker sets it. */
export function timestampOf({ firstTimestamp, maxTimestamp, attributes }: RecordsBatch, { timestampDelta }: KafkaRecord): bigint {
  return attributes & LOG_APPEND_TIME ? maxTimestamp : firstTimestamp + timestampDelta;
}

const isAbort = ({ records }: RecordsBatch) => records[0]?.key?.readInt16BE(2) === ABORT;
