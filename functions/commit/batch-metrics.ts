/** The metrics of a committed batch: records by outcome, time, and quality by dimension, each by dataset. */
import { METRICS } from '../../config/metrics.ts';
import { recordMetric } from '../record-metric.ts';
import type { Taken } from '../run/layer-results.ts';

/** `seconds`: from the batch's plan to its commit. */
export function recordBatch(dataset: string, { outcomes, quality }: Pick<Taken, 'outcomes' | 'quality'>, seconds: number): void {
  for (const [outcome, count] of Object.entries(outcomes ?? {}))
    recordMetric(METRICS.records, { Dataset: dataset, Outcome: outcome }, count);
  recordMetric(METRICS.secondsToCommit, { Dataset: dataset }, seconds);
  for (const [dimension, percent] of Object.entries(quality ?? {}))
    if (percent !== null) recordMetric(METRICS.quality, { Dataset: dataset, Dimension: dimension }, percent);
}
