/** How long a transaction that nobody ended has held the last stable offset: nothing after it is read until it ends. */
import { FetchIsolationLevels } from '@platformatic/kafka';
import { METRICS } from '../../../config/metrics.ts';
import type { Contract } from '../../contract/contract.ts';
import { logger } from '../../middleware.ts';
import { recordMetric } from '../../record-metric.ts';
import { timestampOf } from './committed-records.ts';
import { fetchPiece, type Leaders } from './fetch-piece.ts';
import type { Partition } from './topic.ts';

/** The first record of a transaction says when it began; of so many partitions it is asked, which hold alike. */
const PARTITIONS = 16;
const ONE_RECORD = 1;

/** Those whose end lies beyond what is committed. */
export const heldOf = (partitions: readonly Partition[]) => partitions.filter(({ stable, end }) => stable < end).slice(0, PARTITIONS);

/** Publishes the longest, 0 where no partition is held, and says which producer to look for. */
export async function recordHeld({ dataset, object }: Contract, leaders: Leaders | undefined, held: readonly Partition[]): Promise<void> {
  const seconds = leaders ? await Promise.all(held.map((partition) => heldSeconds(object, leaders, partition))) : [];
  recordMetric(METRICS.stableOffsetHeldSeconds, { Dataset: dataset }, Math.max(0, ...seconds));
}

async function heldSeconds(topic: string, leaders: Leaders, { partition, stable }: Partition): Promise<number> {
  const from = { partition, offset: stable };
  const piece = await fetchPiece(leaders, from, { bytes: ONE_RECORD, isolation: FetchIsolationLevels.READ_UNCOMMITTED });
  if ('throttled' in piece) return 0;
  const [batch] = piece.batches;
  const first = batch?.records.find(({ offsetDelta }) => batch.firstOffset + BigInt(offsetDelta) >= stable);
  if (!batch || !first) return 0;
  const seconds = Math.max(0, Math.round((Date.now() - Number(timestampOf(batch, first))) / 1000));
  logger.warn('stable offset held by an open transaction', { topic, partition, offset: stable, producerId: batch.producerId, seconds });
  return seconds;
}
