/** One range of a partition as batches of rows: fetched piece by piece until its upper offset, counted as it goes. */
import { setTimeout as pause } from 'node:timers/promises';
import type { KafkaRecord } from '@platformatic/kafka';
import type { LandedValue } from '../../batch/chunk-stream.ts';
import type { Contract } from '../../contract/contract.ts';
import { type OffsetLost, type PipelineError, SourceInterrupted } from '../../errors.ts';
import { logger } from '../../middleware.ts';
import { isCompacted } from './cleanup-policy.ts';
import { type CommittedRecord, committedRecords, lastOffset } from './committed-records.ts';
import { brokerSays, fetchPiece, type Leaders, type Piece, type PieceAt, type PieceOf } from './fetch-piece.ts';
import { belowStart, beyondEnd, recreated } from './lost-position.ts';
import type { OffsetRange } from './plan.ts';
import { readTopic } from './topic.ts';

export type Rows = readonly (readonly LandedValue[])[];

export interface ReadRange {
  contract: Contract;
  leaders: Leaders;
  range: OffsetRange;
  signal: AbortSignal;
}

/** Before each time that a leader is asked again which answered without records: half a minute in all. */
const PAUSES_MS = [1_000, 2_000, 4_000, 8_000, 16_000];
/** Brokers before Kafka 3.8 give up a read from tiered storage as soon as they may hold the answer no longer. */
const PATIENT: PieceOf = { waitMs: 5_000 };

/** @throws OffsetLost when retention has reached the range, TopicRecreated, SourceInterrupted when its records do not come. */
export async function* readRange(request: ReadRange, pauses: readonly number[] = PAUSES_MS): AsyncGenerator<Rows> {
  const { contract, range, signal } = request;
  const { partition } = range;
  const [from, to] = [BigInt(range.from), BigInt(range.to)];
  const counts = { delivered: 0, control: 0, aborted: 0 };
  let again = 0;
  for (let at = from; at < to; ) {
    const piece = await fetchNamed(request, { partition, offset: at }, again === 0 ? {} : PATIENT);
    if ('throttled' in piece) {
      await pause(piece.throttled, undefined, { signal });
      continue;
    }
    const last = piece.batches.at(-1);
    if (!last) {
      if (piece.stable < to) throw await endsBefore(request, to);
      // So answers a broker, too, that has to fetch the records from tiered storage and has not got them in time.
      if (again < pauses.length) {
        await pause(pauses[again], undefined, { signal });
        again += 1;
        continue;
      }
      if (await isCompacted(contract, request.leaders, partition)) break;
      throw withheld(request, at);
    }
    again = 0;
    const records = committedRecords(piece, at, to, counts);
    counts.delivered += records.length;
    at = lastOffset(last) + 1n;
    yield records.map((record) => rowOf(partition, record));
  }
  const absent = Number(to - from) - counts.delivered - counts.control - counts.aborted;
  logger.info('range read', { topic: contract.object, partition, from: range.from, to: range.to, ...counts, absent });
}

async function fetchNamed(request: ReadRange, at: PieceAt, how: PieceOf): Promise<Piece> {
  const { contract, leaders } = request;
  try {
    return await fetchPiece(leaders, at, how);
  } catch (error) {
    if (brokerSays(error, 'OFFSET_OUT_OF_RANGE')) throw await outOfRange(request, at);
    if (brokerSays(error, 'UNKNOWN_TOPIC_ID')) throw recreated(contract, leaders.topicId, 'no topic with that id any more');
    throw error;
  }
}

async function outOfRange({ contract, leaders: { connection } }: ReadRange, { partition, offset }: PieceAt): Promise<OffsetLost> {
  const { start = 0n, stable = 0n } = (await readTopic(connection, contract)).partitions[partition] ?? {};
  return offset < start ? belowStart(contract, partition, offset, start) : beyondEnd(contract, partition, offset, stable);
}

/** A leader that was just elected learns late how far the log is committed: until it knows, it answers this question with an error. */
async function endsBefore({ contract, leaders: { connection }, range: { partition } }: ReadRange, to: bigint): Promise<PipelineError> {
  const { stable = 0n } = (await readTopic(connection, contract)).partitions[partition] ?? {};
  if (stable < to) return beyondEnd(contract, partition, to, stable);
  return new SourceInterrupted({
    dataset: contract.dataset,
    expected: `the records of partition ${partition} up to offset ${to}`,
    found: 'fewer in the answer of its leader, which has them by now',
    remedy: 'nothing: the chunk is read again',
  });
}

function withheld({ contract: { dataset, object }, range: { partition, to } }: ReadRange, at: bigint): SourceInterrupted {
  return new SourceInterrupted({
    dataset,
    expected: `the records of partition ${partition} of ${object} from offset ${at} to below ${to}`,
    found: 'none in the answers of its leader, and a topic that is not known to be compacted',
    remedy:
      'nothing: the chunk is read again; if it stays so, look at the tiered storage of the cluster; of a compacted topic allow the user of the secret etl/kafka DESCRIBE_CONFIGS',
  });
}

function rowOf(partition: number, { offset, timestamp, record }: CommittedRecord): LandedValue[] {
  return [partition, offset, timestamp, record.key, record.value, headersOf(record.headers)];
}

/** JSON, whose values are base64: a header holds any bytes. */
function headersOf(headers: KafkaRecord['headers']): string {
  if (headers.length === 0) return '[]';
  return JSON.stringify(headers.map(([name, value]) => [name?.toString(), value?.toString('base64') ?? null]));
}
