/** Fetches one piece of a partition's log, with the list of transactions that were aborted in it. */
import { FetchIsolationLevels, fetchV13, fetchV14, fetchV15, fetchV16, fetchV17, findErrorBy } from '@platformatic/kafka';
import { SourceFailed } from '../../errors.ts';
import type { FetchedLog } from './committed-records.ts';
import type { KafkaConnection } from './connection.ts';
import type { LeaderOf } from './leaders.ts';
import type { Isolation } from './topic.ts';

/**
 * The protocol's own call, and not the client's `fetch` around it, which drops committed records: it takes all of a producer's batches up to
 * its last abort marker for aborted, even those that it committed in between. From version 13 on a topic is named by its id.
 */
const BY_VERSION = { 13: fetchV13, 14: fetchV14, 15: fetchV15, 16: fetchV16, 17: fetchV17 };
export type FetchApi = (typeof BY_VERSION)[17]['api'];

/** Enough for several compressed batches, little enough that the records of one answer fit memory many times over. A larger batch comes whole. */
const PIECE_BYTES = 1024 * 1024;
/**
 * How long a broker may hold its answer for a first byte. What is asked for is in its log already, so that it waits only where it has to fetch
 * it from tiered storage, and at an end that was compacted away.
 */
const WAIT_MS = 500;

/** @throws SourceFailed when the brokers are older than Kafka 3.1. */
export async function fetchApi({ client, until }: KafkaConnection): Promise<FetchApi> {
  const offered = (await until(client.listApis())).find(({ name }) => name === 'Fetch');
  const version = Math.min(offered?.maxVersion ?? 0, 17);
  const module = BY_VERSION[version as keyof typeof BY_VERSION];
  if (module) return module.api as FetchApi;
  throw new SourceFailed({
    expected: 'brokers of Kafka 3.1 or newer, which name a topic by its id',
    found: `version ${version} of Fetch as the newest they offer`,
    remedy: 'upgrade the brokers',
  });
}

/** `throttled`: the broker answered nothing because a quota is used up, for so many milliseconds. */
export type Piece = (FetchedLog & { stable: bigint }) | { throttled: number };

export interface PieceAt {
  partition: number;
  offset: bigint;
}

/** Where the pieces of a topic are fetched. */
export interface Leaders {
  connection: KafkaConnection;
  api: FetchApi;
  leaderOf: LeaderOf;
  topicId: string;
}

export interface PieceOf {
  bytes?: number;
  waitMs?: number;
  isolation?: Isolation;
}

/** `bytes`: where the first batch is larger, it is what comes. Committed records with those of open transactions only where asked for. */
export async function fetchPiece(
  { connection, api, leaderOf, topicId }: Leaders,
  { partition, offset }: PieceAt,
  { bytes = PIECE_BYTES, waitMs = WAIT_MS, isolation = FetchIsolationLevels.READ_COMMITTED }: PieceOf = {},
): Promise<Piece> {
  const wanted = { partition, currentLeaderEpoch: -1, fetchOffset: offset, lastFetchedEpoch: -1, partitionMaxBytes: bytes };
  const topics = [{ topicId, partitions: [wanted] }];
  // Session 0 in epoch -1: a request that stands alone.
  const asked = api.async(leaderOf(partition), waitMs, 1, bytes, isolation, 0, -1, topics, [], '');
  const answer = await connection.until(asked);
  const found = answer.responses[0]?.partitions[0];
  if (!found) return { throttled: answer.throttleTimeMs };
  return { batches: found.records ?? [], aborted: found.abortedTransactions ?? [], stable: found.lastStableOffset };
}

/** Whether an error is, or was caused by, this answer of a broker. */
export const brokerSays = (error: unknown, code: string) => error instanceof Error && findErrorBy(error, 'apiId', code) !== null;
