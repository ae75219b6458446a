/** The metrics of a committed batch: records by outcome, time and quality, each by dataset. */
import { METRICS } from '../../config/metrics.ts';
import { recordMetric } from '../record-metric.ts';
import type { Outcomes } from '../run/layer-results.ts';

/** `seconds`: from the batch's plan to its commit. */
export function recordBatch(dataset: string, outcomes: Outcomes, seconds: number): void {
  for (const [outcome, count] of Object.entries(outcomes)) recordMetric(METRICS.records, { Dataset: dataset, Outcome: outcome }, count);
  recordMetric(METRICS.secondsToCommit, { Dataset: dataset }, seconds);
  recordMetric(METRICS.quality, { Dataset: dataset }, qualityPercent(outcomes));
}

function qualityPercent({ read, quarantined }: Outcomes): number {
  return read === 0 ? 100 : (100 * (read - quarantined)) / read;
}
